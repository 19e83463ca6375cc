"""Measure what the package's own tools cost.

    python scripts/measure_costs.py

Prints what stands as ``cost_per_megapixel`` in the files of the tools. Seconds are CPU time of one
thread, the median over the regions and options of some pictures of 256 x 256; memory is the most
that Python and NumPy held while the tool ran.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc

import cv2
import numpy as np
from editenv_policies.arguments import Parser, run_main

from editenv.grounders.pixels import PixelGrounder
from editenv.tasks import make_tasks
from editenv.tools import TOOL_PRESETS, Tool, make_tool
from editenv.tools.cost import Cost
from editenv.types import Image, Mask

SIZE = 256
PICTURES = 6


def main() -> None:
    """Measure every tool."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.parse_args()
    cv2.setNumThreads(1)
    source = make_tasks("direct", split="train", height=SIZE, width=SIZE)
    cases = [case(source, seed) for seed in range(PICTURES)]
    costs = {name: measure(make_tool(name), cases) for name in TOOL_PRESETS["all"]}
    for name, cost in sorted(costs.items(), key=lambda item: -item[1].seconds):
        print(f"{name:18} Cost(seconds={cost.seconds}, memory={cost.memory})")


def case(source: object, seed: int) -> tuple[Image, Mask, Mask]:
    """Return a picture, the whole-image mask, and that of a region."""
    rng = np.random.default_rng(seed)
    task = source.sample(rng)  # type: ignore[attr-defined]
    regions = PixelGrounder().propose(task, rng, 8)
    region = next(r for r in (*task.regions, *regions[1:]) if r is not None)
    assert regions[0] is not None
    return task.source, regions[0].mask, region.mask


def measure(tool: Tool, cases: list[tuple[Image, Mask, Mask]]) -> Cost:
    """Time and weigh one tool."""
    seconds, memory = [], 0
    options = range(0, len(tool.options), max(1, len(tool.options) // 4))
    for image, whole, region in cases:
        mask = whole if tool.target == "image" else region
        for option in options:
            start = time.thread_time()
            tool.apply([image], [mask], [option])
            seconds.append(time.thread_time() - start)
        tracemalloc.start()
        tool.apply([image], [mask], [0])
        memory = max(memory, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    megapixels = SIZE * SIZE / 1e6
    return Cost(
        seconds=round(statistics.median(seconds) / megapixels, 5),
        memory=round(memory / 2**20 / megapixels, 1),
    )


if __name__ == "__main__":
    run_main(main)
