"""Pipelines that are loaded once a process and shared by everybody who uses them."""

from __future__ import annotations

import gc
import sys
from collections import Counter, deque
from collections.abc import Callable
from threading import Lock, RLock
from typing import Any


class Handle:
    """One shared pipeline, loaded when it is first asked for.

    Attributes:
        lock: held while the pipeline runs: its scheduler remembers where it is, so that a pipeline
            can do one call at a time.
        most: by size of picture, how many fitted into memory at once, where that is known.
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        self.lock = RLock()
        self.most: dict[Any, int] = {}
        self._load = load
        self._pipeline: Any = None

    @property
    def is_loaded(self) -> bool:
        """Whether the pipeline is in memory."""
        return self._pipeline is not None

    def pipeline(self) -> Any:
        """Return the pipeline, and load it first if need be."""
        with self.lock:
            if self._pipeline is None:
                self._pipeline = self._load()
            return self._pipeline

    def free(self) -> None:
        """Let go of the pipeline and of the memory that it took."""
        if self._pipeline is not None:
            self._pipeline = None
            release_memory()


class Store:
    """Handles by key, each with the number of its users. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._handles: dict[Any, Handle] = {}
        self._users: Counter[Any] = Counter()
        self._leaving: deque[Any] = deque()

    def acquire(self, key: Any, load: Callable[[], Any]) -> Handle:
        """Become a user of a pipeline. Nothing is loaded yet.

        Args:
            key: what makes two users' pipelines the same.
            load: how to load it, if this is the first user.
        """
        with self._lock:
            handle = self._handles.setdefault(key, Handle(load))
            self._users[key] += 1
        self._settle()
        return handle

    def release(self, key: Any) -> None:
        """Stop being a user; the last one frees the pipeline.

        The garbage collector may call this at any moment, also in a thread that is just in
        ``acquire``. So it never waits for the lock: who has it sees to those who leave meanwhile.
        """
        self._leaving.append(key)
        self._settle()

    def _settle(self) -> None:
        while self._leaving and self._lock.acquire(blocking=False):
            unused: list[Handle] = []
            try:
                while self._leaving:
                    key = self._leaving.popleft()
                    self._users[key] -= 1
                    if not self._users[key]:
                        del self._users[key]
                        unused.append(self._handles.pop(key))
            finally:
                self._lock.release()
            for handle in unused:
                handle.free()

    def __len__(self) -> int:
        """How many pipelines have users."""
        return len(self._handles)


STORE = Store()
"""The store of this process."""


def release_memory() -> None:
    """Collect what is no longer used, and give cached device memory back."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
