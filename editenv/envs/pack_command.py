"""The command ``editenv pack``."""

from __future__ import annotations

import argparse
import sys
from functools import partial

import gymnasium

from editenv.registration import CONFIGURATIONS
from editenv.tasks import SPLITS, TaskSource, make_tasks
from editenv.tasks.pack.build import SHARD_SIZE, build_pack
from editenv.tasks.pack.index import Index

DESCRIPTION = """Draw tasks once, in parallel, into a folder that ``tasks="pack:FOLDER"`` then reads
without drawing or copying anything. The same command continues a pack that was stopped."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("out", metavar="FOLDER", help="folder of the pack")
    parser.add_argument("--id", default="ImageEdit-v0", choices=list(CONFIGURATIONS))
    parser.add_argument("--split", default="train", choices=SPLITS)
    parser.add_argument("--count", type=int, default=10_000, help="tasks (default: 10,000)")
    parser.add_argument("--image-size", type=int, default=128, help="side in pixels (128)")
    parser.add_argument("--material", default="photo", help="photo, emoji or folder:PATH")
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    side = arguments.image_size
    wanted = Index(arguments.id, arguments.split, (side, side), arguments.count, SHARD_SIZE)
    try:
        if arguments.count < 1:
            raise ValueError(f"count={arguments.count} must be at least 1")
        if arguments.workers is not None and arguments.workers < 1:
            raise ValueError(f"workers={arguments.workers} must be at least 1")
        make = partial(source_of, arguments.id, arguments.split, (side, side), arguments.material)
        make()
        there = wanted
        for there in build_pack(arguments.out, make, wanted, workers=arguments.workers):
            done = len(there.shards) - len(there.missing)
            print(f"\r{done} of {len(there.shards)} shards", end="", file=sys.stderr, flush=True)
    except (ValueError, OSError) as error:
        print(f"editenv pack: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on", file=sys.stderr)
        return 130
    size = sum(shard.bytes for shard in there.shards if shard) / 2**20
    print(f"\n{there.count} tasks, {size:.0f} MiB in {arguments.out}", file=sys.stderr)
    return 0


def source_of(env_id: str, split: str, size: tuple[int, int], material: str) -> TaskSource:
    """Make the source of an id's tasks; importable, so that it travels to other processes."""
    tasks = gymnasium.spec(env_id).kwargs.get("tasks", "mixed")
    height, width = size
    return make_tasks(tasks, split=split, height=height, width=width, material=material)
