"""The disk tier: edits in a folder that processes share, in an SQLite database."""

from __future__ import annotations

import os
import sqlite3
import uuid
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import local
from typing import TypeVar

from editenv.tools.cache.edits import CachedEdit, decode, encode

Result = TypeVar("Result")

_DATABASE = "edits"
_BUSY_SECONDS = 10.0
"""How long a write waits for another process; a write itself takes milliseconds."""

_OPENING = (
    # A page that cannot be read is then an error, where mapped memory would end the process.
    "PRAGMA mmap_size = 0",
    # Whatever a killed process has written, the system still writes out.
    "PRAGMA synchronous = OFF",
    "CREATE TABLE IF NOT EXISTS Cache (rowid INTEGER PRIMARY KEY, key BLOB UNIQUE, value BLOB)",
)
_USED = """SELECT (pages.page_count - free.freelist_count) * size.page_size FROM
    pragma_page_count AS pages, pragma_freelist_count AS free, pragma_page_size AS size"""
_DROP_OLDEST = "DELETE FROM Cache WHERE rowid IN (SELECT rowid FROM Cache ORDER BY rowid LIMIT 10)"

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
        self._local = local()
        try:
            self._connection()
        except Exception as error:  # a damaged database also gives UnicodeDecodeError, ...
            if not _is_damage(error):
                raise ValueError(
                    f"folder={str(folder)!r} cannot hold an edit cache: {error}"
                ) from error
            self._set_aside()
            self._warn(f"was damaged ({error!r}); it is kept as damaged-*, and a new one begins")
            self._connection()

    def get(self, key: bytes) -> CachedEdit | None:
        """Return the edit of a key, or None where there is none to be trusted."""
        command = "SELECT CAST(value AS BLOB) FROM Cache WHERE key = ?"
        row = self._attempt(lambda database: database.execute(command, (key,)).fetchone(), None)
        if row is None:
            return None
        try:
            return decode(row[0] or b"", key)
        except ValueError:
            self.damaged += 1
            command = "DELETE FROM Cache WHERE key = ?"
            self._attempt(lambda database: database.execute(command, (key,)), None)
            return None

    def put(self, key: bytes, edit: CachedEdit) -> None:
        """Keep a storable edit. Once this returns, killing the process does not undo it."""
        payload = encode(edit, key)

        def store(database: sqlite3.Connection) -> None:
            command = "INSERT OR REPLACE INTO Cache (key, value) VALUES (?, ?)"
            database.execute(command, (key, payload))
            while _used(database) > self.max_bytes and database.execute(_DROP_OLDEST).rowcount:
                pass

        if len(payload) <= self.max_bytes:
            self._attempt(store, None)

    def __len__(self) -> int:
        command = "SELECT count(*) FROM Cache"
        return self._attempt(lambda database: database.execute(command).fetchone()[0], 0)

    @property
    def size(self) -> int:
        """Bytes of the database that are in use."""
        return self._attempt(_used, 0)

    def clear(self) -> None:
        """Forget every edit, for all processes."""
        self._attempt(lambda database: database.execute("DELETE FROM Cache"), None)

    def close(self) -> None:
        """Close this thread's connection; the next use opens it again."""
        database = self._local.__dict__.pop("database", None)
        if database is not None:
            database.close()

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection; a forked process may not use its parent's."""
        mine = self._local.__dict__
        if mine.get("process") != os.getpid() or "database" not in mine:
            self.close()
            mine["process"], mine["database"] = os.getpid(), self._connect()
        return mine["database"]

    def _connect(self) -> sqlite3.Connection:
        folder = self.folder / _DATABASE
        folder.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(
            folder / "cache.db", _BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for command in _OPENING:
                database.execute(command)
        except Exception:
            database.close()
            raise
        finally:
            self._identity = folder.stat().st_ino
        return database

    def _attempt(
        self, operation: Callable[[sqlite3.Connection], Result], otherwise: Result
    ) -> Result:
        try:
            return operation(self._connection())
        except Exception as error:  # a damaged database also gives ValueError, TypeError, ...
            self.errors += 1
            if not self._warned:
                self._warned = True
                self._warn(
                    f"failed ({error!r}); edits are made anew where it fails, and further failures "
                    "are only counted"
                )
            # Closing leaves no transaction open.
            self.close()
            if _is_damage(error) and not self._replaced:
                self._replaced = True
                self._set_aside()
            return otherwise

    def _set_aside(self) -> None:
        """Move the database out of the way, unless another process has just done so.

        The folder moves as one, so that no journal is left behind without its database.
        """
        folder = self.folder / _DATABASE
        with suppress(OSError):
            if folder.stat().st_ino == self._identity:
                folder.rename(self.folder / f"damaged-{uuid.uuid4().hex[:8]}")
        self._local = local()

    def _warn(self, what: str) -> None:
        message = f"the edit cache in {str(self.folder)!r} {what}"
        warnings.warn(message, RuntimeWarning, stacklevel=4)


def _used(database: sqlite3.Connection) -> int:
    return database.execute(_USED).fetchone()[0]


def _is_damage(error: BaseException) -> bool:
    """Whether the database itself is at fault, and not the disk, the time or another process."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CIRCUMSTANCES
    return not isinstance(error, (OSError, MemoryError))
