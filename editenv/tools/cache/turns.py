"""Turns: when several processes want the same edit at once, one makes it and the others wait."""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from editenv.optional import import_optional

filelock: Any = import_optional("filelock", "filelock", "the edit cache's disk tier")

PATIENCE = 120.0
"""Seconds to wait for another process before doing its work as well."""


class Turns:
    """File locks by key, in a folder that processes share.

    They save work and nothing depends on them: the system frees those of a killed process, and
    where locks do not work everybody's turn comes at once, with a warning. Keys that begin with the
    same byte share a lock, which bounds files and open descriptors to 256.

    Args:
        folder: for the lock files; filelock makes it where it is missing.
        patience: seconds after which ``take`` stops waiting.
    """

    def __init__(self, folder: Path, patience: float = PATIENCE) -> None:
        self._folder = folder
        self._patience = patience

    @contextmanager
    def take(self, keys: Sequence[bytes], *, wait: bool) -> Generator[list[bytes]]:
        """Take the turn of some keys until the block ends.

        Args:
            keys: keys of at least one byte.
            wait: False takes what is free now; True waits for the rest, and takes everything once
                patience is at its end.

        Yields:
            The keys whose turn it is, in the order given.
        """
        end = time.monotonic() + (self._patience if wait else 0.0)
        with ExitStack() as held:
            # Sorted, so that no two processes wait for each other.
            locks = sorted({key[:1] for key in keys})
            free = {lock for lock in locks if self._acquire(lock, end, held)}
            yield [key for key in keys if wait or key[:1] in free]

    def _acquire(self, name: bytes, end: float, held: ExitStack) -> bool:
        # One lock a process and thread: a cached tool may then hold another that shares its lock.
        lock = filelock.FileLock(self._folder / f"{name.hex()}.lock", is_singleton=True)
        try:
            lock.acquire(timeout=max(end - time.monotonic(), 0.0))
        except filelock.Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            warnings.warn(
                f"{self._folder}: file locks do not work here ({error}), so that two processes may "
                "make the same edit twice; no edit is wrong because of it",
                RuntimeWarning,
                stacklevel=2,
            )
            return True
        held.callback(lock.release)
        return True
