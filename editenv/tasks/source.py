"""Where tasks come from."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from editenv.types import EditTask

SPLITS = ("train", "validation", "test", "novel")
"""`test` has photographs, pictures and wording that `train` never shows, but no unknown name;
`novel` shows things whose names `train` never has."""


@runtime_checkable
class TaskSource(Protocol):
    """Gives tasks. A finite source also has ``__len__``."""

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task."""
        ...

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index``; the same number gives the same task."""
        ...
