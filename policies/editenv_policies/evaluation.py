"""How often does a policy solve held-out tasks?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import gymnasium
import numpy as np

HELD_OUT_SEED = 1_000_000
"""First seed of evaluation episodes; training never uses seeds from here on."""


class Actor(Protocol):
    """Anything that acts in an ``ImageEditEnv``."""

    def reset(self, env: gymnasium.Env) -> None:
        """Get ready for the episode that ``env`` has just started."""
        ...

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Return an action of ``env.action_space``."""
        ...


class Outcome(NamedTuple):
    """How one episode went: whether it was solved, its undiscounted return, its calls."""

    solved: bool
    total: float
    length: int


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        successes: number of solved tasks.
        episodes: number of tasks.
        mean_return: mean undiscounted return.
        mean_length: mean number of calls.
    """

    successes: int
    episodes: int
    mean_return: float
    mean_length: float

    @property
    def rate(self) -> float:
        """Share of solved tasks, 0 to 1."""
        return self.successes / self.episodes

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the rate."""
        return wilson_interval(self.successes, self.episodes)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the rate and its interval are there for people."""
        interval = [round(bound, 4) for bound in self.interval]
        return {**vars(self), "rate": round(self.rate, 4), "interval": interval}

    def __str__(self) -> str:
        """Render as ``"91.5 % [87.8, 94.1]"``."""
        low, high = self.interval
        return f"{100 * self.rate:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """Confidence interval of a share (Wilson, 1927, JASA 22).

    Args:
        successes: 0 to ``trials``.
        trials: at least 1.
        z: quantile of the normal distribution; 1.96 gives 95 %.

    Raises:
        ValueError: fewer than one trial, or successes out of range.

    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"successes={successes} of trials={trials} is no share")
    share = successes / trials
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    centre = share + z * z / (2 * trials)
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def evaluate(
    actor: Actor, env: gymnasium.Env, episodes: int, first_seed: int = HELD_OUT_SEED
) -> Evaluation:
    """Play one episode for each seed from ``first_seed`` on."""
    return score(play_all(actor, env, episodes, first_seed))


def play_all(
    actor: Actor, env: gymnasium.Env, episodes: int, first_seed: int = HELD_OUT_SEED
) -> list[Outcome]:
    """Play the episodes of ``evaluate``; return how each went."""
    return [play(actor, env, seed) for seed in range(first_seed, first_seed + episodes)]


def play(actor: Actor, env: gymnasium.Env, seed: int) -> Outcome:
    """Play one episode."""
    observation, info = env.reset(seed=seed)
    actor.reset(env)
    total, length, over = 0.0, 0, False
    while not over:
        action = actor.act(observation, env)
        observation, reward, terminated, truncated, info = env.step(action)
        total += float(reward)
        length += 1
        over = terminated or truncated
    return Outcome(bool(info["is_success"]), total, length)


def score(outcomes: Iterable[tuple[bool, float, int]]) -> Evaluation:
    """Sum up episodes."""
    solved, returns, lengths = zip(*outcomes, strict=True)
    return Evaluation(sum(solved), len(solved), float(np.mean(returns)), float(np.mean(lengths)))


class ModelActor:
    """A Stable-Baselines3 model as an actor.

    Args:
        model: anything with SB3's ``predict``.
        masked: whether ``predict`` takes ``action_masks``.
        deterministic: take the most probable action.
    """

    def __init__(self, model: Any, *, masked: bool = False, deterministic: bool = True) -> None:
        self._model = model
        self._masked = masked
        self._deterministic = deterministic

    def reset(self, env: gymnasium.Env) -> None:
        """Nothing to prepare: the policy has no memory beside the observation."""

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Ask the model."""
        kwargs: dict[str, Any] = {"deterministic": self._deterministic}
        if self._masked:
            kwargs["action_masks"] = env.get_wrapper_attr("action_masks")()
        action, _ = self._model.predict(observation, **kwargs)
        return action


See = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


def play_side_by_side(
    model: Any, envs: Any, episodes: int, first_seed: int = HELD_OUT_SEED, see: See = dict
) -> list[Outcome]:
    """Play the episodes of ``play_all`` side by side: the same tasks, several times as quick.

    Args:
        model: its ``predict(observations, action_masks=...)`` takes a batch.
        envs: an ``ImageEditVectorEnv`` with ``autoreset_mode="Disabled"``.
        episodes: how many, at least 1.
        first_seed: of the first task.
        see: what the model is shown of a batch of observations.
    """
    outcomes: list[Outcome] = []
    while len(outcomes) < episodes:
        wave = _play_wave(model, envs, first_seed + len(outcomes), see)
        outcomes += wave[: episodes - len(outcomes)]
    return outcomes


def _play_wave(model: Any, envs: Any, seed: int, see: See) -> list[Outcome]:
    """Play one episode in each sub-environment."""
    observation, _ = envs.reset(seed=seed)
    count = envs.num_envs
    solved, total, length = np.zeros(count, bool), np.zeros(count), np.zeros(count, int)
    over = np.zeros(count, bool)
    while not over.all():
        actions, _ = model.predict(see(observation), action_masks=envs.action_masks())
        observation, rewards, ended, cut, infos = envs.step(actions)
        total += np.where(over, 0.0, rewards)
        length += ~over
        solved |= ~over & np.asarray(infos["is_success"], bool)
        over |= ended | cut
    rows = zip(solved.tolist(), total.tolist(), length.tolist(), strict=True)
    return [Outcome(*row) for row in rows]
