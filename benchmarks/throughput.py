"""Steps per second of one environment, resets included, beside MiniGrid's in the same run.

    python benchmarks/throughput.py --seconds 5 --json benchmarks/throughput.json

MiniGrid is measured when it is installed (``pip install minigrid``). The figures of one run may be
compared with each other; those of different runs or machines may not.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import gymnasium

import editenv


def steps_per_second(env: gymnasium.Env, seconds: float) -> float:
    """Random actions, resets included."""
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(50):
        if any(env.step(env.action_space.sample())[2:4]):
            env.reset()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        steps += 1
        if terminated or truncated:
            env.reset()
    return steps / (time.perf_counter() - start)


def reset_milliseconds(env: gymnasium.Env, count: int = 200) -> float:
    """Mean time of a reset."""
    env.reset(seed=0)
    start = time.perf_counter()
    for _ in range(count):
        env.reset()
    return 1e3 * (time.perf_counter() - start) / count


def minigrid() -> gymnasium.Env:
    """The environment that everybody knows, with pictures as observations."""
    # Optional, so not imported by name: type checkers need not find it.
    wrappers = import_module("minigrid.wrappers")
    env = gymnasium.make("MiniGrid-GoToObject-8x8-N2-v0")
    return wrappers.ImgObsWrapper(wrappers.RGBImgObsWrapper(env))


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each environment")
    parser.add_argument("--json", type=Path, default=None)
    arguments = parser.parse_args()
    rows: dict[str, dict[str, float]] = {}
    for env_id in editenv.CONFIGURATIONS:
        env = gymnasium.make(env_id, disable_env_checker=True)
        rows[env_id] = {
            "steps_per_second": round(steps_per_second(env, arguments.seconds)),
            "reset_ms": round(reset_milliseconds(env), 2),
        }
        env.close()
    if find_spec("minigrid"):
        rate = steps_per_second(minigrid(), arguments.seconds)
        rows["MiniGrid-GoToObject-8x8-N2-v0, RGB"] = {"steps_per_second": round(rate)}
    print("| environment | steps/s | reset, ms |\n|---|---|---|")
    for name, row in rows.items():
        print(f"| {name} | {row['steps_per_second']:,.0f} | {row.get('reset_ms', '')} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
