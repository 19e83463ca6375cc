"""The memory tier: the most recently used edits, up to a number of bytes."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock

from cachetools import LRUCache

from editenv.tools.cache.edits import CachedEdit

ENTRY_OVERHEAD = 1024
"""Bytes that an entry takes beside its pixels, rounded up, so that small pictures count too."""


class MemoryTier:
    """Edits by key. Threads may share it.

    Args:
        max_bytes: the limit; an edit that is larger by itself is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._edits: LRUCache[bytes, CachedEdit] = LRUCache(max_bytes, getsizeof=_size)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._edits)

    @property
    def size(self) -> int:
        """Bytes taken now, never above the limit."""
        return int(self._edits.currsize)

    def get(self, key: bytes) -> CachedEdit | None:
        """Return an edit, which is then the last to be dropped, or None."""
        with self._lock:
            return self._edits.get(key)

    def put(self, key: bytes, edit: CachedEdit) -> None:
        """Keep an edit; the least recently used ones make room for it."""
        # A ValueError says that it is too large by itself.
        with self._lock, suppress(ValueError):
            self._edits[key] = edit

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._edits.clear()


def _size(edit: CachedEdit) -> int:
    return edit.nbytes + ENTRY_OVERHEAD
