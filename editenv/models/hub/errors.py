"""What can be wrong with a public data set."""

from __future__ import annotations

from typing import Any


class DataSetError(ValueError):
    """A public data set cannot be used as asked: not found, other columns, no such split."""


class RowError(ValueError):
    """One row of a data set cannot be used.

    Attributes:
        data_set: its name.
        row: the row's number in the split, from 0.
        reason: what is wrong.
    """

    def __init__(self, data_set: str, row: int, reason: str) -> None:
        super().__init__(f"{data_set}, row {row}: {reason}")
        self.data_set, self.row, self.reason = data_set, row, reason

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the parts, so that the error survives the way out of a worker process."""
        return type(self), (self.data_set, self.row, self.reason)
