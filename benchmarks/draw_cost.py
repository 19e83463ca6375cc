"""What drawing tasks takes of a random step of ``ImageEdit-v0``, by how the draws end.

    python benchmarks/draw_cost.py --steps 12000

CPU time of one run, resets included. A draw is given up in words (no description or no goal fits),
because an edit would not be seen, or because the tools cannot do it.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import gymnasium

import editenv  # noqa: F401
from editenv.tasks import build, mixed

WARM_UP = 2000
"""Steps before the clock starts."""


class Draws:
    """Times the draws while it is entered, by their outcome.

    Attributes:
        counts: draws by outcome.
        seconds: CPU time of all draws by outcome, and of the trial of tools in ``"trial"``.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = defaultdict(float)
        self._outcome, self._trial = "", 0.0

    def attempt(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap ``MixedTasks.attempt``."""

        def timed(*arguments: Any) -> Any:
            self._outcome, start = "words", time.process_time()
            task = real(*arguments)
            self.counts[self._outcome] += 1
            self.seconds[self._outcome] += time.process_time() - start
            if task is not None:
                self.seconds["trial"] += self._trial
            return task

        return timed

    def build_task(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap ``build_task``: who comes so far has found its words."""

        def noted(*arguments: Any) -> Any:
            self._outcome = "unseen"
            return real(*arguments)

        return noted

    def is_sound(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap ``is_sound``."""

        def timed(task: Any) -> bool:
            start = time.process_time()
            sound = real(task)
            self._trial = time.process_time() - start
            self._outcome = "accepted" if sound else "impossible"
            return sound

        return timed


def play(env: gymnasium.Env, steps: int) -> None:
    """Step at random."""
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=12_000)
    steps = parser.parse_args().steps
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.action_space.seed(0)
    env.reset(seed=0)
    play(env, WARM_UP)
    draws = Draws()
    with (
        patch.object(mixed.MixedTasks, "attempt", draws.attempt(mixed.MixedTasks.attempt)),
        patch.object(mixed, "build_task", draws.build_task(mixed.build_task)),
        patch.object(build, "is_sound", draws.is_sound(build.is_sound)),
    ):
        start = time.process_time()
        play(env, steps)
        whole = time.process_time() - start
    print("| draw | for each task | ms each | µs a step |\n|---|---|---|---|")
    tasks = max(draws.counts["accepted"], 1)
    for name in ("accepted", "words", "unseen", "impossible"):
        count, seconds = draws.counts[name], draws.seconds[name]
        each = 1e3 * seconds / max(count, 1)
        figures = f"{count / tasks:.2f} | {each:.2f} | {1e6 * seconds / steps:.0f}"
        print(f"| {name} | {figures} |")
    trial = draws.seconds["trial"]
    rejected = sum(draws.seconds[name] for name in ("words", "unseen", "impossible"))
    print(f"a step: {1e6 * whole / steps:.0f} µs, {tasks} tasks in {steps} steps")
    print(f"without rejected draws: {whole / (whole - rejected):.2f} times as fast")
    print(
        f"and without the trial of tools ({1e6 * trial / steps:.0f} µs a step): "
        f"{whole / (whole - rejected - trial):.2f} times"
    )


if __name__ == "__main__":
    main()
