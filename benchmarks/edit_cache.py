"""What an edit costs that the cache has, beside a tool that takes 50 ms.

Run ``python benchmarks/edit_cache.py``; needs the extra ``cache``.
"""

from __future__ import annotations

import statistics
import tempfile
import time

import numpy as np
from editenv_policies.arguments import Parser, at_least, run_main

from editenv.tools.base import Edited, Target
from editenv.tools.cache import CachedTool, EditCache
from editenv.types import Image, Mask

SIDES = (64, 256, 1024)


class SlowTool:
    """Inverts the picture, and takes a given time an edit, as a model or a server would."""

    name = "slow"
    action = "recolour"
    target: Target = "any"
    options = ("invert",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch; see ``Tool.apply``."""
        time.sleep(self.seconds * len(images))
        return [Edited(255 - image, mask) for image, mask in zip(images, masks, strict=True)]

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None


def median_milliseconds(tool: SlowTool | CachedTool, pictures: list[Image]) -> float:
    """Median time of one edit of one picture."""
    times = []
    for picture in pictures:
        mask = np.full(picture.shape[:2], 255, np.uint8)
        start = time.perf_counter()
        tool.apply([picture], [mask], [0])
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def measure(side: int, count: int, seconds: float) -> dict[str, float]:
    """Time the tool alone, and misses and hits of the memory tier and of the disk tier alone."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (side, side, 3), dtype=np.uint8) for _ in range(count)]
    tool = SlowTool(seconds)
    with tempfile.TemporaryDirectory() as folder:
        memory = CachedTool(tool, EditCache())
        disk = CachedTool(tool, EditCache(max_bytes=0, folder=folder))
        return {
            "the tool": median_milliseconds(tool, pictures),
            "miss, memory": median_milliseconds(memory, pictures),
            "hit, memory": median_milliseconds(memory, pictures),
            "miss, disk": median_milliseconds(disk, pictures),
            "hit, disk": median_milliseconds(disk, pictures),
        }


def main() -> None:
    """Print a table: one row a size, milliseconds an edit."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=at_least(1), default=50, help="pictures of each size")
    parser.add_argument("--seconds", type=float, default=0.05, help="what the tool takes")
    arguments = parser.parse_args()
    for index, side in enumerate(SIDES):
        row = measure(side, arguments.count, arguments.seconds)
        if index == 0:
            print(f"| picture | {' | '.join(row)} |\n|---|{'---|' * len(row)}")
        print(f"| {side} × {side} | {' | '.join(f'{ms:.2f}' for ms in row.values())} |", flush=True)


if __name__ == "__main__":
    run_main(main)
