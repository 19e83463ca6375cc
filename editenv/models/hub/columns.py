"""Which column of the files at hand plays which role, and what to say where that is not clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from editenv.models.hub.data_set import Column, DataSet
from editenv.models.hub.errors import DataSetError
from editenv.models.hub.readers import CONTENT

INDISPENSABLE = ("source", "instruction", "edit")
"""Roles that no user can leave out."""


@dataclass(frozen=True)
class Columns:
    """The columns that are read.

    Attributes:
        by_role: for each role one column, or several in order of preference.
        missing: optional columns that the files lack.
    """

    by_role: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """All columns, each once."""
        return list(dict.fromkeys(name for names in self.by_role.values() for name in names))


def resolve_columns(
    data_set: DataSet, found: Sequence[str], given: Mapping[str, str | None] | None
) -> Columns:
    """Match what is known of a data set, and what the user says, with the columns found.

    Args:
        data_set: whose columns are wanted.
        found: the columns of the files.
        given: by role, a column's name, or None to do without it.

    Raises:
        ValueError: ``given`` has a role that the data set does not have.
        DataSetError: a needed column is not there, or a guess is not confirmed.
    """
    given = dict(given or {})
    _check_roles(data_set, given)
    if data_set.is_guess:
        _check_confirmed(data_set, found, given)
    # Of a guess, only what the user confirms is read.
    known = {} if data_set.is_guess else data_set.columns
    named = {role: Column(() if name is None else (name,)) for role, name in given.items()}
    wanted = {**known, **named}
    there = {role: tuple(n for n in c.names if n in found) for role, c in wanted.items()}
    absent = {role: c for role, c in wanted.items() if c.names and not there[role]}
    lacking = {role: column.names for role, column in absent.items() if column.needed}
    if lacking:
        raise DataSetError(_lacking(data_set, found, lacking))
    return Columns(
        {role: names for role, names in there.items() if names},
        tuple(column.names[0] for column in absent.values()),
    )


def _check_roles(data_set: DataSet, given: Mapping[str, str | None]) -> None:
    accepted = dict.fromkeys((*data_set.columns, *CONTENT))
    for role, name in given.items():
        if role not in accepted:
            raise ValueError(
                f"columns={dict(given)!r} has the role {role!r}; {data_set.name} has "
                f"{list(accepted)}"
            )
        if name is None and role in INDISPENSABLE:
            raise ValueError(f"columns[{role!r}]=None: a task needs it, so name its column")
        if name is not None and (not isinstance(name, str) or not name):
            raise ValueError(f"columns[{role!r}]={name!r} must be a column's name or None")


def _check_confirmed(
    data_set: DataSet, found: Sequence[str], given: Mapping[str, str | None]
) -> None:
    """A guess is never read: every needed column must be named by the user."""
    open_roles = [r for r, column in data_set.columns.items() if column.needed and r not in given]
    if not open_roles:
        return
    guessed = {role: " or ".join(column.names) for role, column in data_set.columns.items()}
    suggestion = {
        role: next((n for n in column.names if n in found), "NAME" if column.needed else None)
        for role, column in data_set.columns.items()
    }
    raise DataSetError(
        f"{data_set.name}: its columns were never checked ({data_set.certainty}, "
        f"{data_set.checked}: {data_set.evidence}), so name those for {open_roles}. "
        f"Columns found: {list(found)}. Columns guessed: {guessed}. "
        f"Pass columns={suggestion | dict(given)} with the right names in it; None leaves one out."
    )


def _lacking(
    data_set: DataSet, found: Sequence[str], lacking: Mapping[str, tuple[str, ...]]
) -> str:
    wanted = ", ".join(f"{' or '.join(names)} (for {role})" for role, names in lacking.items())
    return (
        f"{data_set.name}: missing columns: {wanted}. Columns found: {list(found)}. The names are "
        f"known from: {data_set.evidence} ({data_set.checked}). If the files have them under "
        f"other names, pass columns={dict.fromkeys(lacking, 'NAME')}; None leaves a role out"
    )
