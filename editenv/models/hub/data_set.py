"""How a public data set is described: where it is, what its columns are and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from editenv.models.hub.readers import Parts, Row, plain

Certainty = Literal["card", "loaders' code", "memory", "unverified"]
"""Where the columns are from: the data set's own card, public code that loads it, somebody's memory
of its README, or nothing (a guess). None of them means that the files were looked at."""


class Column(NamedTuple):
    """Which column plays a role.

    Attributes:
        names: the column's name, or several in order of preference: the first one that a row has
            a value in is read.
        needed: whether the data set cannot be used without it.
    """

    names: tuple[str, ...]
    needed: bool = True


def columns(table: str) -> dict[str, Column]:
    """Read ``"ROLE=NAME ROLE=FIRST|SECOND ROLE=NAME?"``; the ``?`` says that it may be missing."""
    pairs = [pair.split("=") for pair in table.split()]
    return {
        role: Column(tuple(names.removesuffix("?").split("|")), not names.endswith("?"))
        for role, names in pairs
    }


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
    where: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    read: Callable[[Row, Mapping[str, Any]], Parts] = plain
    in_turns: bool = False
    white_mask: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether the columns must be confirmed before anything is loaded."""
        return self.certainty in ("memory", "unverified")
