"""Files of a run that are whole or not there: replaced at once, with a checksum, one run a folder.

A checkpoint's checksum lies inside it, where its format has room for a remark: a zip's comment, the
metadata of safetensors. The checkpoint before it is kept beside it, for the day when the disk gives
back something else than was written.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from safetensors import SafetensorError

from editenv_policies.report import read_json_lines

MARK = b"editenv-sha256="
DIGITS = 64

REMARK = (MARK + b"0" * DIGITS).decode()
"""What a writer puts into a file where the checksum is to be."""

MODEL = "model"
"""What a saved policy's two files are called, before ``.safetensors`` and ``.json``."""

PARTIAL = ".partial"
LOCK = "lock"


class DamagedCheckpoint(ValueError):
    """A file that is not what was written."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, and put what is there in the place of ``path``, if all went well.

    What was there before stays as ``older(path)``. Where the writer left a ``REMARK``, the
    checksum is filled in.

    Raises:
        OSError: it could not be written, in one line; ``path`` is as it was.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _seal(partial)
        if path.exists():
            os.replace(path, older(path))
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        why = getattr(error, "strerror", None) or error
        kept = "; the one before it is kept" if path.exists() else ""
        raise OSError(f"{path} could not be written: {why}{kept}") from error
    finally:
        partial.unlink(missing_ok=True)


def older(path: Path) -> Path:
    """Where the checkpoint before this one is."""
    return path.with_name(f"{path.stem}.older{path.suffix}")


def written(path: Path) -> bool:
    """Whether there is a checkpoint, this one or the one before it."""
    return path.exists() or older(path).exists()


def discard(path: Path) -> None:
    """Remove a checkpoint and the one before it, which are another run's."""
    for each in (path, older(path)):
        each.unlink(missing_ok=True)


def _seal(path: Path) -> None:
    """Fill in the checksum, and wait until all is on the disk."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        place = content.rfind(REMARK.encode())
        if place >= 0:
            start = place + len(MARK)
            content[start : start + DIGITS] = _digest(content, start).encode()
            content.flush()
        os.fsync(file.fileno())


def _digest(content: mmap.mmap, start: int) -> str:
    """Of all but the checksum itself."""
    found = hashlib.sha256()
    with memoryview(content) as view:
        found.update(view[:start])
        found.update(view[start + DIGITS :])
    return found.hexdigest()


def check(path: Path) -> None:
    """Compare a file with its checksum.

    Raises:
        FileNotFoundError: no such file.
        DamagedCheckpoint: it is not what was written.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}")
    if path.stat().st_size > 0:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as found:
            start = found.rfind(MARK) + len(MARK)
            given = found[start : start + DIGITS]
            if start >= len(MARK) and given == _digest(found, start).encode():
                return
    raise DamagedCheckpoint(f"{path} is damaged: it is not what was written")


def newest(paths: Sequence[Path], number_of: Callable[[Path], int]) -> list[Path]:
    """Return the newest checkpoint that is whole: each of ``paths``, or the one before it.

    Several files make one checkpoint where they have the same number: a crash between two of them
    leaves one of this checkpoint and one of the last.

    Args:
        paths: the files of a checkpoint, at least one.
        number_of: reads when a file was written, such as its count of steps.

    Raises:
        FileNotFoundError: none was written.
        DamagedCheckpoint: none is whole; a line says so too where an older one is taken.
    """
    found: list[dict[int, Path]] = []
    damaged: list[str] = []
    for path in paths:
        whole: dict[int, Path] = {}
        for each in (older(path), path):
            try:
                check(each)
                whole[number_of(each)] = each
            except FileNotFoundError:
                continue
            except DamagedCheckpoint as error:
                damaged.append(str(error))
        found.append(whole)
    common = set.intersection(*(set(whole) for whole in found))
    if common:
        for line in damaged:
            print(f"{line}; an older one is taken", file=sys.stderr, flush=True)
        return [whole[max(common)] for whole in found]
    if damaged:
        raise DamagedCheckpoint(f"{damaged[0]}, and there is no older one")
    raise FileNotFoundError(f"no checkpoint at {paths[0]}")


def write_text(path: Path, text: str) -> None:
    """Replace a file at once; a crash leaves the old or the new one."""
    partial = path.with_name(path.name + PARTIAL)
    partial.write_text(text)
    os.replace(partial, path)


def append_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Append lines of JSON.

    Raises:
        OSError: they could not be written, in one line.
    """
    text = "".join(json.dumps(line) + "\n" for line in lines)
    try:
        with path.open("a") as file:
            file.write(text)
    except OSError as error:
        raise OSError(f"{path} could not be written: {error.strerror or error}") from error


def cut_lines(path: Path, last: int, key: str = "steps") -> list[dict[str, Any]]:
    """Leave out lines after a checkpoint, which are made once more; return the others.

    Args:
        path: lines of JSON.
        last: the last number that stays.
        key: what is counted.
    """
    kept = [line for line in read_json_lines(path) if line[key] <= last]
    if path.exists():
        write_text(path, "".join(json.dumps(line) + "\n" for line in kept))
    return kept


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made; what a killed one left half written goes.

    The system lets go of the lock when its process ends, however it ends.

    Raises:
        ValueError: another run is there, or ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"out={str(folder)!r} is a file: it must be a folder")
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ValueError(f"out={str(folder)!r} is in use by another run") from None
    try:
        for path in folder.rglob(f"*{PARTIAL}"):
            path.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def is_saved(folder: Path, stem: str = MODEL) -> bool:
    """Whether a folder contains a complete policy."""
    return all((folder / f"{stem}{end}").is_file() for end in (".safetensors", ".json"))
