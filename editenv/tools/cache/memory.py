"""The memory tier: the most recently used edits, up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from editenv.tools.cache.edits import CachedEdit

ENTRY_OVERHEAD = 1024
"""Bytes that an entry takes beside its pixels, rounded up, so that small pictures count too."""


class MemoryTier:
    """Edits by key. Threads may share it.

    Args:
        max_bytes: the limit; an edit that is larger by itself is not kept.

    Attributes:
        size: bytes taken now, never above the limit.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._edits: OrderedDict[bytes, CachedEdit] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._edits)

    def get(self, key: bytes) -> CachedEdit | None:
        """Return an edit, which is then the last to be dropped, or None."""
        with self._lock:
            edit = self._edits.get(key)
            if edit is not None:
                self._edits.move_to_end(key)
            return edit

    def put(self, key: bytes, edit: CachedEdit) -> None:
        """Keep an edit; the least recently used ones make room for it."""
        size = _size(edit)
        if size > self.max_bytes:
            return
        with self._lock:
            self._forget(key)
            while self.size + size > self.max_bytes:
                self._forget(next(iter(self._edits)))
            self._edits[key] = edit
            self.size += size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._edits.clear()
            self.size = 0

    def _forget(self, key: bytes) -> None:
        edit = self._edits.pop(key, None)
        if edit is not None:
            self.size -= _size(edit)


def _size(edit: CachedEdit) -> int:
    return edit.nbytes + ENTRY_OVERHEAD
