"""The disk tier: edits in a folder that processes share, on diskcache (SQLite)."""

from __future__ import annotations

import os
import sqlite3
import sys
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from editenv.optional import import_optional
from editenv.tools.cache.edits import CachedEdit, decode, encode

diskcache: Any = import_optional("diskcache", "diskcache", "the edit cache's disk tier")

Result = TypeVar("Result")

_DATABASE = "edits"
_BUSY_SECONDS = 10.0
"""How long a write waits for another process; a write itself takes milliseconds."""

_SETTINGS = {
    # Oldest first: reads then need no write lock.
    "eviction_policy": "least-recently-stored",
    "cull_limit": 0,
    "statistics": 0,
    # A page that cannot be read is then an error, where mapped memory would end the process.
    "sqlite_mmap_size": 0,
}

_CIRCUMSTANCES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_TOOBIG,
}
"""SQLite's errors that say nothing against the database itself."""


class _BytesDisk(diskcache.Disk):
    """Keys and values are bytes inside the database, and nothing else is ever read.

    diskcache unpickles what a row says is a pickle, so whoever can write to the folder could run
    code (CVE-2025-69872); it also opens whatever file a row names. Neither is possible here.
    """

    def get(self, key: Any, raw: Any) -> bytes:
        if not raw or not isinstance(key, bytes):
            raise OSError("a key of the edit cache is not bytes")
        return key

    def store(self, value: bytes, read: bool, key: Any = None) -> tuple[int, int, None, Any]:
        return 0, diskcache.core.MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: int, filename: Any, value: Any, read: bool) -> bytes:
        # diskcache takes an OSError for "not found".
        if mode != diskcache.core.MODE_RAW or not isinstance(value, bytes):
            raise OSError("a value of the edit cache is not bytes")
        return value


class DiskTier:
    """Edits by key in a folder. Processes and threads may share it, and be killed at any moment.

    A value is believed only when its checksum holds for its key. A failing disk costs the savings
    and never the rollout: failures are counted and warned of once. A damaged database is set
    aside as ``damaged-*`` in the folder, and a new one begun.

    Args:
        folder: made where it is missing; on a local disk, as SQLite asks.
        max_bytes: about how large the database may grow; the oldest edits go first, ten at a time.

    Attributes:
        errors: how many operations have failed.
        damaged: how many values were thrown away because their checksum was wrong.

    Raises:
        ValueError: the folder cannot be used.
    """

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int) -> None:
        self.folder = Path(folder)
        self.max_bytes = max_bytes
        self.errors = 0
        self.damaged = 0
        self._warned = False
        self._replaced = False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._cache = self._open()
        except (OSError, sqlite3.Error) as error:
            raise ValueError(
                f"folder={str(folder)!r} cannot hold an edit cache: {error}"
            ) from error

    def get(self, key: bytes) -> CachedEdit | None:
        """Return the edit of a key, or None where there is none to be trusted."""
        payload = self._attempt(lambda cache: cache.get(key), None)
        if payload is None:
            return None
        try:
            return decode(payload, key)
        except ValueError:
            self.damaged += 1
            self._attempt(lambda cache: cache.delete(key), None)
            return None

    def put(self, key: bytes, edit: CachedEdit) -> None:
        """Keep a storable edit. Once this returns, killing the process does not undo it."""
        payload = encode(edit, key)
        if len(payload) <= self.max_bytes:
            self._attempt(lambda cache: (cache.set(key, payload), cache.cull()), None)

    def __len__(self) -> int:
        return self._attempt(len, 0)

    @property
    def size(self) -> int:
        """Bytes of the database."""
        return self._attempt(lambda cache: cache.volume(), 0)

    def clear(self) -> None:
        """Forget every edit, for all processes."""
        self._attempt(lambda cache: cache.clear(), None)

    def close(self) -> None:
        """Close this thread's connection; the next use opens it again."""
        self._cache.close()

    def _attempt(self, operation: Callable[[Any], Result], otherwise: Result) -> Result:
        handled = sys.exception()
        try:
            return operation(self._cache)
        except Exception as error:  # a damaged database also gives ValueError, TypeError, ...
            self.errors += 1
            self._warn_once(error)
            self._recover(_origin(error, handled))
            return otherwise

    def _warn_once(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"the edit cache in {str(self.folder)!r} failed ({error!r}); edits are made "
                "anew where it fails, and further failures are only counted",
                RuntimeWarning,
                stacklevel=4,
            )

    def _recover(self, error: BaseException) -> None:
        """Leave no transaction open; replace a damaged database, but not over and over."""
        try:
            self._cache.close()
            if _is_damage(error) and not self._replaced:
                self._replaced = True
                self._set_aside(self._identity)
                self._cache = self._connect()
        except Exception:
            self.errors += 1

    def _open(self) -> Any:
        handled = sys.exception()
        try:
            return self._connect()
        except Exception as error:
            if not _is_damage(_origin(error, handled)):
                raise
            aside = self._set_aside(self._identify())
            warnings.warn(
                f"the edit cache in {str(self.folder)!r} was damaged ({error!r}); it is kept in "
                f"{aside!r}, and a new one begins",
                RuntimeWarning,
                stacklevel=4,
            )
            return self._connect()

    def _connect(self) -> Any:
        cache = diskcache.Cache(
            str(self.folder / _DATABASE),
            timeout=_BUSY_SECONDS,
            disk=_BytesDisk,
            size_limit=self.max_bytes,
            **_SETTINGS,
        )
        self._identity = self._identify()
        return cache

    def _identify(self) -> int | None:
        try:
            return (self.folder / _DATABASE).stat().st_ino
        except OSError:
            return None

    def _set_aside(self, identity: int | None) -> str:
        """Move the database out of the way, unless another process has just done so.

        The folder moves as one, so that no journal is left behind without its database.
        """
        aside = f"damaged-{uuid.uuid4().hex[:8]}"
        if identity is not None and self._identify() == identity:
            (self.folder / _DATABASE).rename(self.folder / aside)
        return aside


def _origin(error: BaseException, handled: BaseException | None) -> BaseException:
    """What an error began with: a failed rollback would otherwise hide why there was one.

    Args:
        error: of an operation.
        handled: what the caller was handling before it, which has nothing to do with it.
    """
    while error.__context__ is not None and error.__context__ is not handled:
        error = error.__context__
    return error


def _is_damage(error: BaseException) -> bool:
    """Whether the database itself is at fault, and not the disk, the time or another process."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CIRCUMSTANCES
    return not isinstance(error, (OSError, MemoryError, diskcache.Timeout))
