"""A data set that is read row by row: a window of it at a time is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from editenv.models.hub.errors import DataSetError, RowError
from editenv.models.hub.rows import ReadRow, RowReader
from editenv.types import EditTask


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
        self._fill()
        self._draws += 1
        return self._rows[int(rng.integers(len(self._rows)))].draw(rng)

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index`` of the present window.

        Raises:
            IndexError: the window has no such task.
        """
        self._fill()
        if not 0 <= index < len(self._rows):
            raise IndexError(f"index={index}: the window has {len(self._rows)} tasks")
        return self._rows[index].task

    def advance(self) -> None:
        """Move on to the next rows of the stream."""
        if self._rows:
            self._rows, self._draws = [], 0
            self.windows += 1

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open stream behind; it is opened again where it was."""
        return self.__dict__ | {"_stream": None}

    def _fill(self) -> None:
        """Read the window's rows; a stream shorter than the window is all in it."""
        if self._rows:
            return
        self._rows = self._read_window()
        if not self._rows and self._position:
            self._position, self._stream = 0, None
            self._rows = self._read_window()
        if not self._rows:
            reader = self.reader
            reason = f"no usable row (where={dict(reader.where)}, {self.skipped} skipped)"
            raise DataSetError(f"{reader.data_set.name}: {reason}")

    def _read_window(self) -> list[ReadRow]:
        rows: list[ReadRow] = []
        while len(rows) < self.window:
            number, values = self._next()
            if values is None:
                break
            if not self.reader.wanted(values):
                continue
            try:
                rows.append(self.reader.read(number, values))
            except RowError:
                if not self._skip:
                    raise
                self.skipped += 1
        return rows

    def _next(self) -> tuple[int, dict[str, Any] | None]:
        """Take the next row; None at the end."""
        if self._stream is None:
            data = self._data.skip(self._position) if self._position else self._data
            self._stream = enumerate(data, start=self._position)
        number, values = next(self._stream, (self._position, None))
        if values is not None:
            self._position = number + 1
        return number, values
