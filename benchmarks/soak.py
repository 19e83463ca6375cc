"""Random steps over all ids: nothing may be raised, and memory may not grow.

Run ``python benchmarks/soak.py --steps 100000``.
"""

from __future__ import annotations

import argparse
import resource

import gymnasium

import editenv


def run(env_id: str, steps: int) -> None:
    """Step with random actions, resetting at the end of each episode."""
    env = gymnasium.make(env_id, disable_env_checker=True)
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
    env.close()


def peak_mebibytes() -> float:
    """Largest resident set so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Two rounds over all ids: the second must need no more memory than the first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000, help="in all")
    arguments = parser.parse_args()
    share = arguments.steps // (2 * len(editenv.CONFIGURATIONS))
    for number in (1, 2):
        for env_id in editenv.CONFIGURATIONS:
            run(env_id, share)
        print(f"round {number}: peak memory {peak_mebibytes():.0f} MiB")


if __name__ == "__main__":
    main()
