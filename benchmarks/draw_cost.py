"""What choosing and drawing a task costs, by family and size.

    python benchmarks/draw_cost.py --tasks 500 --sizes 64 128 256

CPU time of one process. A draw that makes no task (nothing fits the scene, or tools cannot do it)
is thrown away and counts for the task that follows.
"""

from __future__ import annotations

import time
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from editenv_policies.arguments import Parser, at_least, run_main

from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.registry import TASK_SOURCES, make_tasks

WARM_UP = 50
"""Tasks before the clock starts: pictures are decoded and made small once."""

FIRST = 1000


class Draws:
    """Times the draws of a source while it is entered.

    Attributes:
        seconds: CPU time of every draw, with whether it made a task.
    """

    def __init__(self, source: GeneratedTasks) -> None:
        self.seconds: list[tuple[float, bool]] = []
        self._draw: Any = source.attempt
        self._patch = patch.object(source, "attempt", self._timed)

    def _timed(self, *arguments: Any) -> Any:
        start = time.process_time()
        task = self._draw(*arguments)
        self.seconds.append((time.process_time() - start, task is not None))
        return task

    def __enter__(self) -> Draws:
        self._patch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._patch.stop()


def measure(family: str, side: int, tasks: int) -> str:
    """Return a line of the table."""
    source: Any = make_tasks(family, split="train", height=side, width=side)
    for number in range(WARM_UP):
        source[number]
    times = []
    with Draws(source) as draws:
        for number in range(FIRST, FIRST + tasks):
            start = time.process_time()
            source[number]
            times.append(1e3 * (time.process_time() - start))
    thrown = sum(seconds for seconds, made in draws.seconds if not made)
    share = 100 * thrown / sum(seconds for seconds, _ in draws.seconds)
    middle = f"{np.median(times):.2f} | {np.mean(times):.2f} | {np.percentile(times, 90):.1f}"
    each = len(draws.seconds) / tasks
    return f"| {family} | {side} | {middle} | {each:.2f} | {share:.0f} % |"


def main() -> None:
    """Measure and print a table."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=at_least(1), default=500)
    parser.add_argument("--sizes", type=at_least(1), nargs="+", default=[128])
    parser.add_argument("--families", nargs="+", default=list(TASK_SOURCES), choices=TASK_SOURCES)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print("| tasks | side | median ms | mean ms | 90 % ms | draws a task | in draws thrown away |")
    print("|---|---|---|---|---|---|---|")
    for family in given.families:
        for side in given.sizes:
            print(measure(family, side, given.tasks), flush=True)


if __name__ == "__main__":
    run_main(main)
