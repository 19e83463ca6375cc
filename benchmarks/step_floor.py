"""What a step costs against the pixel work that it cannot avoid, by size of the picture.

    python benchmarks/step_floor.py --json floor.json

Both are timed in turn, in one process, on the same calls: ``step``, without resets; and the
floor, each call's ``Tool.apply`` and a copy of the observation. CPU time, the best of several
rounds. Both begin every episode with tools that remember nothing, or later rounds would be free.
"""

from __future__ import annotations

import json
import time
from typing import Any

import gymnasium
import numpy as np
from editenv_policies.arguments import Parser, at_least, new_file, run_main

from editenv.caching import forget
from editenv.envs.image_edit import ImageEditEnv
from editenv.tools import Tool
from editenv.tools.run import edit_one

ENV = "ImageEdit-v0"
SIZES = (64, 128, 256, 512)

Edit = tuple[Tool, np.ndarray, np.ndarray, int]


def record(env: gymnasium.Env, seeds: range) -> tuple[list[list[Any]], list[list[Edit]]]:
    """The valid random actions of some episodes, and the tools' part of them."""
    actions, all_edits = [], []
    base = env.unwrapped
    assert isinstance(base, ImageEditEnv)
    rng = np.random.default_rng(0)
    for seed in seeds:
        env.reset(seed=seed)
        taken, edits, over = [], [], False
        while not over:
            workspace = base.workspace
            valid = [c for c in base.calls if workspace.why_invalid(c) is None]
            call = valid[rng.integers(len(valid))]
            taken.append(base.encode(call))
            tool, region = workspace.tools.get(call.tool), workspace.regions[call.region]
            if tool is not None and region is not None:
                edits.append((tool, workspace.canvas, region.mask, call.option))
            _, _, terminated, truncated, _ = env.step(taken[-1])
            over = terminated or truncated
        actions.append(taken)
        all_edits.append(edits)
    return actions, all_edits


def time_steps(env: gymnasium.Env, seeds: range, actions: list[list[Any]]) -> float:
    """CPU seconds of all steps; resets are not counted."""
    total = 0.0
    for seed, taken in zip(seeds, actions, strict=True):
        env.reset(seed=seed)
        forget("editenv.imaging")
        start = time.process_time()
        for action in taken:
            env.step(action)
        total += time.process_time() - start
    return total


def time_floor(edits: list[list[Edit]], observation: dict[str, np.ndarray], steps: int) -> float:
    """CPU seconds of the tools and of a copy of the observation for each step."""
    total = 0.0
    for episode in edits:
        forget("editenv.imaging")
        start = time.process_time()
        for tool, image, mask, option in episode:
            edited = edit_one(tool, image, mask, option)
            assert edited.image is not image
        total += time.process_time() - start
    start = time.process_time()
    for _ in range(steps):
        _ = {key: value.copy() for key, value in observation.items()}
    return total + time.process_time() - start


def compare(size: int, episodes: int, rounds: int) -> dict[str, float]:
    """Time both in turn."""
    env = gymnasium.make(ENV, image_size=size, disable_env_checker=True)
    seeds = range(episodes)
    actions, edits = record(env, seeds)
    observation, _ = env.reset(seed=0)
    count = sum(len(taken) for taken in actions)
    times = [
        (time_steps(env, seeds, actions), time_floor(edits, observation, count))
        for _ in range(rounds)
    ]
    step, floor = (min(column) / count for column in zip(*times, strict=True))
    return {
        "size": size,
        "step_us": round(1e6 * step, 1),
        "floor_us": round(1e6 * floor, 1),
        "ratio": round(step / floor, 2),
    }


def main() -> None:
    """Measure all sizes and print a table."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=at_least(1), default=100)
    parser.add_argument("--rounds", type=at_least(1), default=5)
    parser.add_argument("--sizes", type=at_least(1), nargs="+", default=list(SIZES))
    parser.add_argument("--json", type=new_file, default=None)
    arguments = parser.parse_args()
    rows = [compare(size, arguments.episodes, arguments.rounds) for size in arguments.sizes]
    print("| pixels a side | step, µs | floor, µs | ratio |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['size']} | {row['step_us']} | {row['floor_us']} | {row['ratio']} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
