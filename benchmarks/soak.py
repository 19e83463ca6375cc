"""Random steps of the native vector environment over all ids: no error, no growing memory.

Run ``python benchmarks/soak.py --steps 1000000``.
"""

from __future__ import annotations

from pathlib import Path

import gymnasium
import numpy as np

import editenv
from policies.arguments import Parser, at_least, run_main

NUM_ENVS = 64


def run(env_id: str, steps: int, seed: int) -> None:
    """Step with random actions; the copies reset by themselves."""
    envs = gymnasium.make_vec(env_id, num_envs=NUM_ENVS)
    envs.action_space.seed(seed)
    envs.reset(seed=seed * NUM_ENVS)
    for _ in range(max(steps // NUM_ENVS, 1)):
        _, rewards, *_ = envs.step(envs.action_space.sample())
        assert np.isfinite(rewards).all()
    envs.close()


def mebibytes() -> float:
    """Resident set at this moment (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status does not tell the resident set")


def main() -> None:
    """Several rounds over all ids: after the first, memory must stay where it is."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=at_least(1), default=100_000, help="in all")
    parser.add_argument("--rounds", type=at_least(1), default=5)
    arguments = parser.parse_args()
    share = arguments.steps // (arguments.rounds * len(editenv.CONFIGURATIONS))
    for number in range(arguments.rounds):
        for env_id in editenv.CONFIGURATIONS:
            run(env_id, share, seed=number)
        print(f"round {number + 1}: {mebibytes():.0f} MiB", flush=True)


if __name__ == "__main__":
    run_main(main)
