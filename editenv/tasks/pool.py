"""A pool: the first tasks of a source, drawn from over and over and kept in memory."""

from __future__ import annotations

import numpy as np
from cachetools import LRUCache

from editenv.tasks.source import TaskSource
from editenv.types import EditTask

POOL_BYTES = 512 * 2**20
"""What a pool keeps at most; a task beyond it is made again when its turn comes."""

MOST_TASKS = 10_000_000
"""Largest pool of a source without end."""


class TaskPool:
    """A finite source made of another one.

    Making a task takes as long as many steps. Where a learner may see the same tasks again, as it
    does with any data set of prompts, a pool makes each once: a reset then takes no longer than a
    step. Task ``i`` of the pool is task ``i`` of the source.

    Args:
        source: where the tasks come from.
        size: how many there are, 1 to 10 million, and no more than a finite source has.
        max_bytes: of pictures and masks that are kept.

    Raises:
        ValueError: a wrong size.
    """

    def __init__(self, source: TaskSource, size: int, max_bytes: int = POOL_BYTES) -> None:
        most = len(source) if hasattr(source, "__len__") else MOST_TASKS  # type: ignore[arg-type]
        whole = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
        if not whole or not 1 <= size <= most:
            raise ValueError(f"task_pool={size!r} must be an integer from 1 to {most}")
        self.source = source
        self._size = int(size)
        self._kept: LRUCache[int, EditTask] = LRUCache(max_bytes, _bytes_of)

    def __len__(self) -> int:
        """How many tasks there are."""
        return self._size

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task."""
        return self[int(rng.integers(self._size))]

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index``.

        Raises:
            IndexError: a number that the pool does not have.
        """
        if not 0 <= index < self._size:
            raise IndexError(f"index={index} must be from 0 to {self._size - 1}")
        task = self._kept.get(index)
        if task is None:
            task = self.source[index]
            if _bytes_of(task) <= self._kept.maxsize:
                self._kept[index] = task
        return task


def _bytes_of(task: EditTask) -> int:
    masks = [m for edit in task.sub_edits for m in (edit.mask, edit.subject_mask) if m is not None]
    pictures = [task.source, *task.stages, *masks, *(region.mask for region in task.regions)]
    return sum(picture.nbytes for picture in pictures)
