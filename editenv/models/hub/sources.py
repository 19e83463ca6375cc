"""Sources of tasks over a data set: all at hand, or row by row through a window."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, SupportsIndex

import numpy as np

from editenv.models.hub.errors import DataSetError, RowError
from editenv.models.hub.rows import ReadRow, RowReader
from editenv.types import EditTask, Image

MOST_SKIPPED = 100
"""Broken rows in a row after which something else must be wrong."""


@dataclass(frozen=True)
class Chain:
    """The turns of one session.

    Attributes:
        id: of the session.
        indices: the tasks' numbers in their source, first turn first.
    """

    id: str
    indices: tuple[int, ...]


def continue_from(task: EditTask, canvas: Image) -> EditTask:
    """Return a later turn's task that starts from what came of the turn before.

    The data set's own turn starts from its own picture of the turn before. An agent whose work is
    not that picture starts from its own; the target stays, so that what went wrong before still
    counts.

    Args:
        task: the later turn.
        canvas: (H, W, 3) uint8, of the task's size.

    Raises:
        ValueError: a picture of another size.
    """
    if canvas.shape != task.source.shape:
        raise ValueError(f"canvas has shape {canvas.shape}, but the task has {task.source.shape}")
    return replace(task, source=canvas)


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
        self.skipped: dict[int, RowError] = {}
        self._rows: Sequence[int] = range(len(self._data))
        if reader.where:
            rows = self._columns(*reader.where)
            self._rows = [number for number, values in enumerate(rows) if reader.wanted(values)]
        if not len(self._rows):
            why = f"has where={dict(reader.where)}" if reader.where else "in the split"
            raise DataSetError(f"{reader.data_set.name}: no row {why}")

    def __len__(self) -> int:
        """Return how many tasks there are, broken ones included."""
        return len(self._rows)

    def __getitem__(self, index: SupportsIndex) -> EditTask:
        """Return task number ``index``, with its first instruction; its arrays are read-only.

        Raises:
            IndexError: there is no such task.
            RowError: its row is broken, also with ``on_error="skip"``.
        """
        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise IndexError(f"index={number}: the split has {len(self)} tasks")
        return self._read(number % len(self)).task

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
        if not self._chains:
            raise DataSetError(f"{self.reader.data_set.name} has no sessions of several turns")
        return self._chains

    @cached_property
    def _chains(self) -> tuple[Chain, ...]:
        """The sessions in the order of first mention; none where rows are no turns."""
        reader = self.reader
        if not reader.data_set.in_turns or not {"chain", "turn"} <= set(reader.columns.by_role):
            return ()
        rows = self._columns("chain", "turn")
        sessions: dict[str, list[tuple[Any, int]]] = {}
        for number, row in enumerate(self._rows):
            values = reader.by_role(rows[row])
            turns = sessions.setdefault(str(values.get("chain")), [])
            turns.append((values.get("turn"), number))
        return tuple(Chain(name, tuple(i for _, i in sorted(t))) for name, t in sessions.items())

    @cached_property
    def _later(self) -> dict[int, tuple[int, int | None]]:
        """By task number, how many turns its session has, and the next turn's number."""
        return {
            number: (len(chain.indices), following)
            for chain in self._chains
            for number, following in zip(chain.indices, (*chain.indices[1:], None), strict=True)
        }

    def _read(self, number: int) -> ReadRow:
        row = int(self._rows[number])
        (values,) = self._data[row : row + 1].to_pylist()
        read = self.reader.read(row, values)
        read.task.metadata["index"] = number
        if self._chains:
            turns, following = self._later[number]
            read.task.metadata.update(turns=turns, next=following)
        return read

    def _columns(self, *roles: str) -> list[dict[str, Any]]:
        """Every row of the files, with the columns of some roles alone."""
        names = {name for role in roles for name in self.reader.columns.by_role[role]}
        return self._data.select_columns(sorted(names))[:].to_pylist()


class StreamedTasks:
    """An endless source of tasks from a stream of rows.

    The stream is read in its own order, ``window`` rows at a time; ``sample`` draws from the
    window. So, as of any source, the same state of the generator gives the same task, until the
    window moves on. It moves when ``advance`` is called or, with ``advance_every=n``, after every
    n draws; after the last row the stream starts again. Which rows window k holds depends on
    nothing but the data, so the same seeds and the same draws give the same tasks in a fresh
    environment.

    Build it with ``hub_tasks(..., streaming=True)``.

    Args:
        reader: reads its rows.
        data: a `datasets.IterableDataset`.
        window: how many tasks are drawn from; they are kept decoded.
        advance_every: draws after which the window moves on; 0 leaves that to ``advance``.
        skip: leave broken rows out of the window.

    Attributes:
        skipped: how many broken rows were left out so far.
        windows: how many times the window has moved.

    Raises:
        ValueError: a wrong number.
    """

    def __init__(
        self,
        reader: RowReader,
        data: Any,
        *,
        window: int = 256,
        advance_every: int = 0,
        skip: bool = False,
    ) -> None:
        for name, value, least in (("window", window, 1), ("advance_every", advance_every, 0)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name}={value!r} must be an integer of at least {least}")
        self.reader, self.window, self.advance_every = reader, window, advance_every
        self.skipped = self.windows = 0
        self._data, self._skip = data, skip
        self._rows: list[ReadRow] = []
        self._stream: Iterator[tuple[int, dict[str, Any]]] | None = None
        self._position = self._draws = 0

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task of the window, each with the same chance.

        Raises:
            RowError: a row of the window is broken.
            DataSetError: the stream has no row to use.
        """
        if self.advance_every and self._draws >= self.advance_every:
            self.advance()
        rows = self._filled()
        self._draws += 1
        return rows[int(rng.integers(len(rows)))].draw(rng)

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index`` of the present window.

        Raises:
            IndexError: the window has no such task.
        """
        rows = self._filled()
        if not 0 <= index < len(rows):
            raise IndexError(f"index={index}: the window has {len(rows)} tasks")
        return rows[index].task

    def advance(self) -> None:
        """Move on to the next rows of the stream."""
        if self._rows:
            self._rows, self._draws = [], 0
            self.windows += 1

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open stream behind; it is opened again where it was."""
        return self.__dict__ | {"_stream": None}

    def _filled(self) -> list[ReadRow]:
        """The window's rows; a stream shorter than the window is all in it."""
        if not self._rows and not self._fill() and self._position:
            self._position, self._stream = 0, None
            self._fill()
        if not self._rows:
            reason = f"no usable row (where={dict(self.reader.where)}, {self.skipped} skipped)"
            raise DataSetError(f"{self.reader.data_set.name}: {reason}")
        return self._rows

    def _fill(self) -> int:
        """Read the next rows of the stream, and return how many were of use."""
        if self._stream is None:
            data = self._data.skip(self._position) if self._position else self._data
            self._stream = enumerate(data, start=self._position)
        rows: list[ReadRow] = []
        while len(rows) < self.window and (item := next(self._stream, None)) is not None:
            number, values = item
            self._position = number + 1
            if not self.reader.wanted(values):
                continue
            try:
                rows.append(self.reader.read(number, values))
            except RowError:
                if not self._skip:
                    raise
                self.skipped += 1
        self._rows = rows
        return len(rows)
