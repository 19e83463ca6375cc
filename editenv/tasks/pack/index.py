"""``pack.json``: what a pack holds, and which of its shards are written."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

INDEX = "pack.json"

FORMAT = 1


@dataclass(frozen=True)
class Shard:
    """One file of a pack.

    Attributes:
        file: its name.
        tasks: how many it holds.
        bytes: its size.
        sha256: of its bytes, in hexadecimal.
    """

    file: str
    tasks: int
    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path, tasks: int) -> Shard:
        """Measure a file."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(path.name, tasks, path.stat().st_size, digest)


@dataclass(frozen=True)
class Index:
    """What a pack holds.

    Attributes:
        env_id: whose tasks they are.
        split: of the tasks.
        image_size: (H, W) of the pictures.
        count: how many tasks there will be.
        shard_size: tasks a shard; the last one may have fewer.
        shards: what is written, in order; None for a shard that is not there yet.
        format: version of the format.
    """

    env_id: str
    split: str
    image_size: tuple[int, int]
    count: int
    shard_size: int
    shards: tuple[Shard | None, ...] = field(default=())
    format: int = FORMAT

    @property
    def missing(self) -> list[int]:
        """Numbers of the shards that are not there yet."""
        return [number for number, shard in enumerate(self.shards) if shard is None]

    def tasks_of(self, number: int) -> range:
        """Which tasks a shard holds."""
        first = number * self.shard_size
        return range(first, min(first + self.shard_size, self.count))

    def write(self, folder: Path) -> None:
        """Write it into a folder; it is whole there, or as it was before."""
        partial = folder / f"{INDEX}.partial"
        partial.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        os.replace(partial, folder / INDEX)

    @classmethod
    def read(cls, folder: Path) -> Index:
        """Read the index of a folder.

        Raises:
            ValueError: there is none, it is of another format, or no index at all.
        """
        path = folder / INDEX
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(f"{folder} is no pack: it has no {INDEX}") from None
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path} cannot be read: {error}") from error
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            version = found.get("format") if isinstance(found, dict) else None
            raise ValueError(f"{path} has format {version!r}: this version reads {FORMAT}")
        try:
            shards = tuple(entry and Shard(**entry) for entry in found.pop("shards"))
            size = tuple(found.pop("image_size"))
            return cls(**found, image_size=size, shards=shards)  # type: ignore[arg-type]
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error
