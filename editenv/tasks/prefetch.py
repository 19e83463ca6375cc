"""Tasks of an endless source, drawn in other processes while the episode before them is played."""

from __future__ import annotations

import multiprocessing
import pickle
import warnings
from collections import OrderedDict
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np

from editenv.tasks.source import TaskSource
from editenv.types import EditTask

MOST_AHEAD = 256
"""Tasks that are drawn ahead or wait at once, about 1 MB each; the oldest makes room."""

_Drawn = tuple[EditTask, Any]

_source: TaskSource | None = None


class PrefetchedTasks:
    """The same tasks for the same seeds, drawn ahead by worker processes.

    What ``sample`` gives is a function of the generator's state. Once an episode has begun, the
    state of the next draw is known, and a worker can draw it. Where another state comes (a reset by
    seed), or no worker has begun, the task is drawn in this process. A worker that dies is
    replaced, with a warning.

    Args:
        source: an endless one; it must pickle where processes are spawned.
        workers: how many processes, at least 1. They start at the first ``expect``.

    Raises:
        ValueError: a wrong number, a source that has an end, or this process may have no children.

    Attributes:
        source: as given.
        hits: how many tasks came from a worker.
        misses: how many were drawn here.
    """

    def __init__(self, source: TaskSource, workers: int) -> None:
        if isinstance(workers, bool) or not isinstance(workers, (int, np.integer)) or workers < 1:
            raise ValueError(f"prefetch={workers!r} must be an integer of at least 0")
        if hasattr(source, "__len__"):
            raise ValueError(
                f"prefetch={workers} is for tasks without an end: this source has "
                f"{len(source)}, which task_pool or a pack keeps"  # type: ignore[arg-type]
            )
        if multiprocessing.current_process().daemon:
            raise ValueError(
                f"prefetch={workers}: this process is a worker itself and may start no others; "
                "leave out num_workers, or prefetch"
            )
        self.source = source
        self.hits = self.misses = 0
        self._workers = int(workers)
        self._pool: ProcessPoolExecutor | None = None
        self._ahead: OrderedDict[bytes, Future[_Drawn]] = OrderedDict()

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task, and leaves the same state."""
        future = self._ahead.pop(_key(rng), None)
        # One that no worker has begun is cancelled, and drawn here.
        if future is not None and not future.cancel():
            try:
                task, rng.bit_generator.state = future.result()
                self.hits += 1
                return task
            except BrokenProcessPool:
                self._replace()
        self.misses += 1
        return self.source.sample(rng)

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index``, drawn here."""
        return self.source[index]

    def expect(self, rng: np.random.Generator) -> None:
        """Let a worker draw what ``sample(rng)`` is going to be asked for.

        Args:
            rng: in the state that it will then have; it is copied.
        """
        try:
            self._ahead[_key(rng)] = self._processes().submit(_draw, rng)
        except BrokenProcessPool:
            self._replace()
        while len(self._ahead) > MOST_AHEAD:
            self._ahead.popitem(last=False)[1].cancel()

    def close(self) -> None:
        """End the workers; a later ``expect`` starts others."""
        self._ahead.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the arguments: every copy has workers of its own."""
        return type(self), (self.source, self._workers)

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                multiprocessing.get_context(),
                initializer=_begin,
                initargs=(self.source,),
            )
        return self._pool

    def _replace(self) -> None:
        warnings.warn(
            "a process that draws tasks ahead (prefetch) died; it is replaced, and its tasks are "
            "drawn anew",
            RuntimeWarning,
            stacklevel=3,
        )
        self.close()


def _key(rng: np.random.Generator) -> bytes:
    return pickle.dumps(rng.bit_generator.state)


def _begin(source: TaskSource) -> None:
    global _source
    _source = source


def _draw(rng: np.random.Generator) -> _Drawn:
    assert _source is not None
    return _source.sample(rng), rng.bit_generator.state
