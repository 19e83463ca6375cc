"""Drawing the tasks of a pack, several shards at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from editenv.tasks.pack.index import INDEX, Index, Shard
from editenv.tasks.pack.shard import write_shard
from editenv.tasks.source import TaskSource

SHARD_SIZE = 64

MakeSource = Callable[[], TaskSource]
"""Makes the source in each process; it travels there, so it must be picklable."""


def build_pack(
    folder: str | Path,
    make_source: MakeSource,
    index: Index,
    *,
    workers: int | None = None,
) -> Iterator[Index]:
    """Draw tasks 0 to ``index.count - 1`` of a source into a pack.

    A pack that was stopped is gone on with, shard by shard; how many workers there are makes no
    difference to what is written.

    Args:
        folder: made if it is not there.
        make_source: makes the source of the tasks.
        index: what the pack is to hold, without shards.
        workers: processes; None for one a core.

    Yields:
        What is there, after each shard.

    Raises:
        ValueError: the folder has another pack, or ``workers`` is below 1.
    """
    folder = Path(folder).expanduser()
    if workers is not None and workers < 1:
        raise ValueError(f"workers={workers} must be at least 1")
    shards = -(-index.count // index.shard_size)
    index = replace(index, shards=(None,) * shards)
    if (folder / INDEX).exists():
        index = _continued(Index.read(folder), index, folder)
    folder.mkdir(parents=True, exist_ok=True)
    index.write(folder)
    yield index
    # A forked process would inherit locks of threads that it does not have.
    with ProcessPoolExecutor(workers or os.cpu_count(), mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[Shard], int] = {
            pool.submit(_draw, make_source, index.tasks_of(number), folder, number): number
            for number in index.missing
        }
        try:
            for done in as_completed(waiting):
                written = list(index.shards)
                written[waiting[done]] = done.result()
                index = replace(index, shards=tuple(written))
                index.write(folder)
                yield index
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _continued(there: Index, wanted: Index, folder: Path) -> Index:
    for name in ("env_id", "split", "image_size", "count", "shard_size"):
        if getattr(there, name) != getattr(wanted, name):
            raise ValueError(
                f"{name}={getattr(wanted, name)!r}, but the pack in {folder} has "
                f"{getattr(there, name)!r}: use that, or another folder"
            )
    return there


def _draw(make_source: MakeSource, numbers: range, folder: Path, number: int) -> Shard:
    path = folder / f"{number:05d}.safetensors"
    source = make_source()
    write_shard(path, [source[task] for task in numbers])
    return Shard.of(path, len(numbers))
