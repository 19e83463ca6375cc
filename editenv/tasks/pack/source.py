"""Tasks from a pack."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from editenv.tasks.pack.index import Index
from editenv.tasks.pack.shard import ShardReader
from editenv.types import EditTask


class PackTasks:
    """A finite source: the tasks of a pack, in its order.

    Task ``i`` is task ``i`` of the source that the pack was drawn from. A shard is mapped into
    memory when one of its tasks is first asked for; the system keeps what is used often, once for
    all processes.

    Args:
        folder: that ``editenv pack`` wrote.
        split: that is wanted; None takes the pack's own.
        image_size: (H, W) that is wanted; None takes the pack's own.

    Attributes:
        index: what the pack holds.

    Raises:
        ValueError: no pack, one that is not complete, of another split or size, or damaged.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str | None = None,
        image_size: tuple[int, int] | None = None,
    ) -> None:
        self.folder = Path(folder).expanduser()
        self.index = index = Index.read(self.folder)
        if index.missing:
            raise ValueError(
                f"{self.folder} lacks {len(index.missing)} of {len(index.shards)} shards: the "
                "same `editenv pack` command goes on with it"
            )
        for name, wanted, found in (
            ("split", split, index.split),
            ("image_size", image_size, index.image_size),
        ):
            if wanted is not None and wanted != found:
                raise ValueError(f"{name}={wanted!r}, but the pack {self.folder} has {found!r}")
        for shard in index.shards:
            path = self.folder / shard.file if shard else None
            if path and shard and (not path.is_file() or path.stat().st_size != shard.bytes):
                raise ValueError(f"{path} is not there, or has not {shard.bytes} bytes")
        self._readers: dict[int, ShardReader] = {}

    def __len__(self) -> int:
        """How many tasks there are."""
        return self.index.count

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task."""
        return self[int(rng.integers(len(self)))]

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index``; its arrays are read-only.

        Raises:
            IndexError: a number that the pack does not have.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"index={index} must be from 0 to {len(self) - 1}")
        number, place = divmod(index, self.index.shard_size)
        reader = self._readers.get(number)
        if reader is None:
            shard = self.index.shards[number]
            assert shard is not None
            reader = self._readers[number] = ShardReader(self.folder / shard.file)
        return reader[place]

    def __getstate__(self) -> dict[str, object]:
        """Travel to another process without what is mapped into this one's memory."""
        return {**vars(self), "_readers": {}}
