"""How a public data set is described: where it is, what its columns are and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from editenv.models.hub.errors import RowRefused
from editenv.types import SubEdit

Certainty = Literal["card", "loaders' code", "memory", "unverified"]
"""Where the columns are from: the data set's own card, public code that loads it, somebody's memory
of its README, or nothing (a guess). None of them means that the files were looked at."""

CONTENT = ("source", "instruction", "target", "mask")
"""Roles that become a task's picture, words, stage and mask; all others are metadata."""


@dataclass(frozen=True)
class Column:
    """Which column plays a role.

    Attributes:
        names: the column's name, or several in order of preference: the first one that a row has
            a value in is read.
        needed: whether the data set cannot be used without it.
    """

    names: tuple[str, ...]
    needed: bool = True


def needed(*names: str) -> Column:
    """A column that must be there, under one of these names."""
    return Column(names)


def extra(*names: str) -> Column:
    """A column that is kept as metadata where it is there."""
    return Column(names, needed=False)


@dataclass(frozen=True)
class Parts:
    """What a row says, pictures still encoded.

    Attributes:
        source: the picture to edit.
        instructions: the user's words; where there are several, all ask for the same.
        target: the finished picture, or None.
        mask: where the edit shows, or None.
        edits: the decomposition, where it is known.
        metadata: whatever else is kept.
    """

    source: Any
    instructions: tuple[str, ...]
    target: Any = None
    mask: Any = None
    edits: tuple[SubEdit, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


Row = Mapping[str, Any]
"""A row's values by role; a role whose column is not there is missing."""


def plain(row: Row, choices: Mapping[str, Any]) -> Parts:
    """Read a row whose columns hold what their roles say."""
    return Parts(
        source=row["source"],
        instructions=(text_of(row, "instruction"),),
        target=row.get("target"),
        mask=row.get("mask"),
        metadata=metadata_of(row),
    )


def metadata_of(row: Row) -> dict[str, Any]:
    """All values that are neither pictures nor the instruction nor empty."""
    return {k: v for k, v in row.items() if k not in CONTENT and v is not None}


def text_of(row: Row, role: str) -> str:
    """Return a text that is not blank.

    Raises:
        RowRefused: there is none.
    """
    value = row.get(role)
    if not isinstance(value, str) or not value.strip():
        raise RowRefused(f"the {role} is {value!r}, not a text")
    return value.strip()


@dataclass(frozen=True)
class DataSet:
    """A public data set.

    Attributes:
        name: as in ``tasks="magicbrush"``.
        hub_id: on the Hugging Face hub; ``""`` when it can only be read from a mirror.
        splits: by this project's split (train, validation, test), what the data set calls it. A
            split that is not here, the data set does not have.
        columns: by role.
        certainty: where the columns are from.
        checked: the date of that, ISO 8601.
        evidence: in words, what was looked at.
        licence: as far as known.
        config: the hub's configuration, where there are several.
        where: by role, the value that rows must have unless the user says otherwise.
        choices: by name, what the user may choose from; the first is the default.
        read: from a row's values by role and the choices to its parts.
        in_turns: whether rows are turns of a session, with the roles ``chain`` and ``turn``.
        white_mask: whether only pure white counts as inside the mask.
    """

    name: str
    hub_id: str
    splits: Mapping[str, str]
    columns: Mapping[str, Column]
    certainty: Certainty
    checked: str
    evidence: str
    licence: str
    config: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    read: Callable[[Row, Mapping[str, Any]], Parts] = plain
    in_turns: bool = False
    white_mask: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether the columns must be confirmed before anything is loaded."""
        return self.certainty in ("memory", "unverified")
