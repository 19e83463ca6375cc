"""A data set that is all at hand: drawn from at random, or by number."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import cached_property
from typing import Any, SupportsIndex

import numpy as np

from editenv.models.hub.chains import Chain, find_chains
from editenv.models.hub.errors import DataSetError, RowError
from editenv.models.hub.rows import ReadRow, RowReader
from editenv.types import EditTask

MOST_SKIPPED = 100
"""Broken rows in a row after which something else must be wrong."""


class HubTasks:
    """A finite source of tasks: a split of a public data set.

    Build it with ``hub_tasks``.

    Args:
        reader: reads its rows.
        data: a `datasets.Dataset`.
        skip: draw again where a row is broken.

    Attributes:
        skipped: the `RowError` by number of every broken row that was drawn and skipped.
    """

    def __init__(self, reader: RowReader, data: Any, *, skip: bool = False) -> None:
        self.reader = reader
        # As Arrow, a row comes with its pictures still encoded, however deep they lie.
        self._data = data.select_columns(reader.columns.names).with_format("arrow")
        self._skip = skip
        self._rows = self._wanted_rows()
        self.skipped: dict[int, RowError] = {}
        if not len(self._rows):
            raise DataSetError(f"{reader.data_set.name}: no row {self._filter_in_words()}")

    def __len__(self) -> int:
        """Return how many tasks there are, broken ones included."""
        return len(self._rows)

    def __getitem__(self, index: SupportsIndex) -> EditTask:
        """Return task number ``index``, with its first instruction; its arrays are read-only.

        Raises:
            IndexError: there is no such task.
            RowError: its row is broken, also with ``on_error="skip"``.
        """
        return self._read(self._number(index)).task

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task, each with the same chance; the same state of ``rng`` gives the same task.

        Raises:
            RowError: its row is broken.
            DataSetError: with ``on_error="skip"``, a hundred broken rows were drawn in a row.
        """
        for _ in range(MOST_SKIPPED):
            number = int(rng.integers(len(self)))
            try:
                return self._read(number).draw(rng)
            except RowError as error:
                if not self._skip:
                    raise
                self.skipped[number] = error
        last = list(self.skipped.values())[-1]
        raise DataSetError(f"{MOST_SKIPPED} broken rows were drawn one after the other; {last}")

    def chains(self) -> tuple[Chain, ...]:
        """Return the sessions of a data set in turns (MagicBrush).

        Raises:
            DataSetError: the data set has none.
        """
        if not self._in_turns:
            raise DataSetError(f"{self.reader.data_set.name} has no sessions of several turns")
        return self._chains

    @property
    def _in_turns(self) -> bool:
        roles = self.reader.columns.by_role
        return self.reader.data_set.in_turns and {"chain", "turn"} <= set(roles)

    @cached_property
    def _chains(self) -> tuple[Chain, ...]:
        ids, turns = (self._values(role) for role in ("chain", "turn"))
        return find_chains([ids[row] for row in self._rows], [turns[row] for row in self._rows])

    @cached_property
    def _places(self) -> dict[int, tuple[Chain, int]]:
        """By task number, its session and its place in it, from 0."""
        return {
            number: (chain, place)
            for chain in self._chains
            for place, number in enumerate(chain.indices)
        }

    def _number(self, index: SupportsIndex) -> int:
        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise IndexError(f"index={number}: the split has {len(self)} tasks")
        return number % len(self)

    def _read(self, number: int) -> ReadRow:
        row = int(self._rows[number])
        (values,) = self._data[row : row + 1].to_pylist()
        read = self.reader.read(row, values)
        read.task.metadata["index"] = number
        if self._in_turns:
            chain, place = self._places[number]
            rest = chain.indices[place + 1 :]
            read.task.metadata.update(turns=len(chain.indices), next=rest[0] if rest else None)
        return read

    def _values(self, role: str) -> list[Any]:
        """The values of a role in all rows of the files."""
        names = self.reader.columns.by_role[role]
        columns = [self._data.select_columns(name)[:].column(0).to_pylist() for name in names]
        return [next((v for v in row if v is not None), None) for row in zip(*columns, strict=True)]

    def _wanted_rows(self) -> Sequence[int]:
        where = self.reader.where
        if not where:
            return range(len(self._data))
        columns = [(self._values(role), accepted) for role, accepted in where.items()]
        return [
            row
            for row in range(len(self._data))
            if all(str(values[row]) in accepted for values, accepted in columns)
        ]

    def _filter_in_words(self) -> str:
        return f"has where={dict(self.reader.where)}" if self.reader.where else "in the split"
