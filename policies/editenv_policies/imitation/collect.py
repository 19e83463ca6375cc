"""Collects an oracle's episodes part by part, so that a run can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gymnasium
from gymnasium.vector import AutoresetMode

from editenv.envs.vector import ImageEditVectorEnv
from editenv_policies.imitation.demonstrations import Demonstrations, Moments, Recorder
from editenv_policies.imitation.episodes import SLIP, oracle_episodes
from editenv_policies.imitation.progress import track

COPIES = 16
"""Episodes that are played side by side."""

Player = Callable[[Iterable[int]], Iterator[Any]]
"""Plays episodes by their numbers, and gives each back when it ends; they have a ``number``."""


@dataclass(frozen=True)
class Plan:
    """What to collect.

    Attributes:
        KIND: of demonstrations.
        env_id: a registered id, with ``action_format="multi_discrete"``.
        episodes: how many, at least 1.
        seed: of tasks and slips, at least 0.
        slip: share of the oracle's calls before which a wrong one is made, 0 to 1.
        env_kwargs: further arguments of the environment; the split is ``"train"`` by default.
        part: episodes that are saved at once, at least 1: a crash can lose this many.

    Raises:
        ValueError: an argument out of its range.
    """

    KIND: ClassVar[type[Moments]] = Demonstrations

    env_id: str
    episodes: int
    seed: int = 0
    slip: float = SLIP
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    part: int = 256

    def __post_init__(self) -> None:
        for name, least in (("episodes", 1), ("seed", 0), ("part", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {least}")
        if not 0 <= self.slip <= 1:
            raise ValueError(f"slip={self.slip} must be from 0 to 1")

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of the environment."""
        return {"split": "train", **self.env_kwargs}

    @property
    def parts(self) -> list[range]:
        """The episodes' numbers, part by part."""
        return [
            range(first, min(first + self.part, self.episodes))
            for first in range(0, self.episodes, self.part)
        ]

    def make_envs(self) -> ImageEditVectorEnv:
        """Make the environments to collect in.

        Raises:
            ValueError: the environment is not native.
        """
        envs: Any = gymnasium.make_vec(
            self.env_id,
            num_envs=min(COPIES, self.episodes),
            autoreset_mode=AutoresetMode.DISABLED,
            **{"copy": False, **self.arguments},
        )
        if not isinstance(envs, ImageEditVectorEnv):
            envs.close()
            raise ValueError(
                f"env_id={self.env_id!r} with {self.env_kwargs} is no native vector environment"
            )
        return envs

    @contextmanager
    def player(self) -> Iterator[Player]:
        """Yield a function that plays episodes by number, each an ``OracleEpisode``."""
        with closing(self.make_envs()) as envs:
            yield lambda numbers: oracle_episodes(envs, numbers, self.seed, self.slip)


def play_parts(
    plan: Plan, parts: Iterable[range], *, seconds: float | None = None, progress: bool = True
) -> Iterator[list[Any]]:
    """Play parts of a plan and yield each when it is done, its episodes in order.

    Args:
        plan: what to collect.
        parts: some of ``plan.parts``.
        seconds: processor time after which no new episode starts; None for no limit. The last part
            then has fewer episodes, and later parts are left out.
        progress: show a bar.
    """
    started, parts = time.process_time(), list(parts)

    def in_time(numbers: range) -> Iterator[int]:
        for number in numbers:
            if number > parts[0][0] and _is_over(started, seconds):
                return
            yield number

    total = sum(map(len, parts))
    with plan.player() as play, track(total, "demonstrations", progress) as bar:
        for numbers in parts:
            played = []
            for episode in play(in_time(numbers)):
                played.append(episode)
                bar.update()
            if played:
                yield sorted(played, key=lambda episode: episode.number)
            if len(played) < len(numbers):
                return


def _is_over(started: float, seconds: float | None) -> bool:
    return seconds is not None and time.process_time() - started > seconds


def collect(plan: Plan, *, seconds: float | None = None, progress: bool = True) -> Any:
    """Let the oracle play, and record what it saw and did.

    Before some of its calls a wrong one is made, and the lesson is then to undo it, so that a clone
    learns to recover from its own mistakes. The wrong calls themselves are not lessons.

    Args:
        plan: what to collect.
        seconds: processor time after which no new episode starts; None for no limit.
        progress: show a bar.

    Returns:
        Demonstrations of ``plan.KIND``.

    Raises:
        ValueError: the environment is not native.
    """
    recorder = Recorder(plan.KIND)
    for played in play_parts(plan, plan.parts, seconds=seconds, progress=progress):
        for episode in played:
            recorder.add(episode)
    return recorder.finish()
