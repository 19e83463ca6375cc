"""The cache: a memory tier, an optional disk tier, and what they saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from editenv.failure import Failure
from editenv.tools.cache.disk import DiskTier
from editenv.tools.cache.edits import CachedEdit
from editenv.tools.cache.memory import MemoryTier

if TYPE_CHECKING:
    from editenv.tools.cache.turns import Turns

MIB = 2**20
GIB = 2**30

Compute = Callable[[list[int]], Sequence[CachedEdit | Failure]]


class EditCache:
    """Edits by digest, in memory and, where a folder is given, on disk.

    Environments, threads and processes may share one. A copy is the same cache; a pickled one
    arrives with its folder and an empty memory.

    >>> cache = EditCache(max_bytes=64 * 2**20)
    >>> cache.summary()["hit_rate"]
    0.0

    Args:
        max_bytes: limit of the memory tier; 0 keeps nothing in memory.
        folder: of the disk tier; None for memory only. Needs ``pip install filelock``.
        disk_bytes: about how large the disk tier may grow.

    Raises:
        ValueError: a negative limit, a ``disk_bytes`` below 1, or a folder that cannot be used.
        gymnasium.error.DependencyNotInstalled: a folder is given and filelock is missing.
    """

    def __init__(
        self,
        max_bytes: int = 256 * MIB,
        folder: str | os.PathLike[str] | None = None,
        disk_bytes: int = 4 * GIB,
    ) -> None:
        _check_limit("max_bytes", max_bytes, 0)
        _check_limit("disk_bytes", disk_bytes, 1)
        if folder is not None:
            # The process may go to another directory.
            folder = Path(folder).expanduser().absolute()
        self._arguments = (max_bytes, folder, disk_bytes)
        self._memory = MemoryTier(max_bytes)
        self._disk: DiskTier | None = None
        self._turns: Turns | None = None
        if folder is not None:
            # Imported here: the memory tier needs no filelock.
            from editenv.tools.cache.turns import Turns

            self._disk = DiskTier(folder, disk_bytes)
            self._turns = Turns(folder / "locks")
        self._counts = {"memory_hits": 0, "disk_hits": 0, "misses": 0}
        self._counting = Lock()

    def fetch(self, keys: Sequence[bytes], compute: Compute) -> list[CachedEdit | Failure]:
        """Return the edits of a batch, and make those that are not known.

        Where processes share a folder and want the same edit at once, one of them makes it.

        Args:
            keys: N keys; those that come again are hits.
            compute: makes edits, given the places in ``keys`` where they are first asked for.
                Called once, or twice when another process was making some of them.

        Returns:
            N edits; what could not be made is a ``Failure``, which is not kept.
        """
        places = {key: place for place, key in reversed(list(enumerate(keys)))}
        self._count("memory_hits", len(keys) - len(places))
        edits: dict[bytes, CachedEdit | Failure] = {**self._recall(places)}
        for wait in (False, True):
            missing = [key for key in places if key not in edits]
            if not missing:
                break
            with self._turn(missing, wait) as mine:
                edits |= self._recall(mine)
                edits |= self._make([key for key in mine if key not in edits], places, compute)
        return [edits[key] for key in keys]

    def get(self, key: bytes) -> CachedEdit | None:
        """Return the edit of a key, or None; nothing is counted."""
        return self._find(key)[1]

    def put(self, key: bytes, edit: CachedEdit) -> None:
        """Keep an edit in every tier; one that is not storable is left out."""
        if not edit.storable:
            return
        self._memory.put(key, edit)
        if self._disk is not None:
            self._disk.put(key, edit)

    def summary(self) -> dict[str, int | float]:
        """Say what was saved and what it takes.

        Returns:
            ``hits``, of which ``memory_hits`` (repeats within a batch included) and ``disk_hits``;
            ``misses``; ``hit_rate``, 0 to 1; ``memory_entries`` and ``memory_bytes``; with a disk
            tier also ``disk_entries`` and ``disk_bytes``, of all processes, ``disk_errors`` and
            ``damaged``, the values that failed their checksum. Counts are of this process.
        """
        with self._counting:
            counts = dict(self._counts)
        hits = counts["memory_hits"] + counts["disk_hits"]
        summary: dict[str, int | float] = {
            "hits": hits,
            **counts,
            "hit_rate": hit_rate(hits, counts["misses"]),
            "memory_entries": len(self._memory),
            "memory_bytes": self._memory.size,
        }
        if self._disk is not None:
            disk = self._disk
            summary |= {"disk_entries": len(disk), "disk_bytes": disk.size}
            summary |= {"disk_errors": disk.errors, "damaged": disk.damaged}
        return summary

    def clear(self) -> None:
        """Forget every edit, on disk for all processes; the counts stay."""
        self._memory.clear()
        if self._disk is not None:
            self._disk.clear()

    def close(self) -> None:
        """Close the files of the disk tier; the next use opens them again."""
        if self._disk is not None:
            self._disk.close()

    def _find(self, key: bytes) -> tuple[str, CachedEdit | None]:
        """The edit of a key, and as what it counts."""
        edit = self._memory.get(key)
        if edit is not None or self._disk is None:
            return "memory_hits", edit
        edit = self._disk.get(key)
        if edit is not None:
            self._memory.put(key, edit)
        return "disk_hits", edit

    def _recall(self, keys: Collection[bytes]) -> dict[bytes, CachedEdit]:
        edits: dict[bytes, CachedEdit] = {}
        for key in keys:
            tier, edit = self._find(key)
            if edit is not None:
                edits[key] = edit
                self._count(tier, 1)
        return edits

    def _make(
        self, keys: list[bytes], places: dict[bytes, int], compute: Compute
    ) -> dict[bytes, CachedEdit | Failure]:
        if not keys:
            return {}
        made = dict(zip(keys, compute([places[key] for key in keys]), strict=True))
        self._count("misses", len(made))
        for key, edit in made.items():
            if isinstance(edit, CachedEdit):
                self.put(key, edit)
        return made

    def _turn(self, keys: list[bytes], wait: bool) -> AbstractContextManager[list[bytes]]:
        return nullcontext(keys) if self._turns is None else self._turns.take(keys, wait=wait)

    def _count(self, what: str, more: int) -> None:
        with self._counting:
            self._counts[what] += more

    def __copy__(self) -> EditCache:
        """A copy of an environment goes on sharing the cache."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> EditCache:
        """A copy of an environment goes on sharing the cache."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments: another process has its own memory and the same folder."""
        return type(self), self._arguments


def hit_rate(hits: int, misses: int) -> float:
    """Share of the edits that were not paid for, 0 to 1; 0 where there were none."""
    return hits / (hits + misses) if hits + misses else 0.0


def _check_limit(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name}={value!r} must be an integer of at least {least}")
