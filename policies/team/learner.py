"""Learning turn by turn: every agent of a team, each with its own policy or all with one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gymnasium import spaces
from pettingzoo import ParallelEnv
from sb3_contrib import MaskablePPO
from stable_baselines3.common.logger import Logger, configure
from stable_baselines3.common.vec_env import VecEnv, VecTransposeImage

from policies.sb3.models import (
    LEARNING_RATE,
    OPTIMIZER,
    PPO_SETTINGS,
    linear_decay,
    restore_model,
    save_model,
)
from policies.team.policy import TeamPolicy, layout_of
from policies.team.streams import SEEDS_APART, RoundCollector

SETTINGS: dict[str, Any] = {
    **PPO_SETTINGS,
    "learning_rate": linear_decay(LEARNING_RATE),
    "n_epochs": 3,
}

BATCHES = 10
"""Batches that a rollout is cut into, however many agents share a policy."""


def with_batches(changes: Mapping[str, Any], rows: int) -> dict[str, Any]:
    """Complete the settings of MaskablePPO.

    Args:
        changes: settings that differ from ``SETTINGS``.
        rows: that a step adds to the rollout buffer.

    Returns:
        All settings, with ``batch_size`` rounded up: a last batch of a few rows would be normalised
        by itself, and one of a single row has no deviation to divide by.
    """
    settings = {**SETTINGS, **changes}
    rows *= settings["n_steps"]
    size = max(-(-rows // BATCHES), 2)
    while rows > 1 and rows % size == 1:
        size += 1
    return {**SETTINGS, "batch_size": size, **changes}


SHARING = ("shared", "independent")
"""One policy for all roles, or one for each."""


class SpacesOnly(VecEnv):
    """Tells an SB3 algorithm what it will learn on; the learner plays the environments itself."""

    def __init__(self, num_envs: int, observation_space: spaces.Space, action_space: spaces.Space):
        self.render_mode = None
        super().__init__(num_envs, observation_space, action_space)

    def reset(self) -> Any:
        """Not for playing."""
        raise RuntimeError("SpacesOnly has no episodes: TeamLearner plays them")

    step_async = step_wait = env_method = set_attr = reset  # type: ignore[assignment]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """SB3 asks for the render mode only."""
        return [getattr(self, attr_name) for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """Nothing is wrapped."""
        return [False for _ in self._get_indices(indices)]

    def close(self) -> None:
        """Nothing to close."""


class TeamLearner:
    """MaskablePPO for the AEC environment, in which everyone sees what those before decided.

    Independent learners (Tan, 1993, *Multi-agent reinforcement learning: independent vs.
    cooperative agents*, ICML; with PPO: de Witt et al., 2020, arXiv:2011.09533) or parameter
    sharing (Gupta et al., 2017, *Cooperative multi-agent control using deep RL*, AAMAS workshops).

    Args:
        make_env: builds ``image_edit_v0.raw_env(..., uniform_spaces="flat")`` with one agent for
            each learned role, and ``max_calls`` at least twice ``max_cycles``.
        sharing: ``"shared"`` or ``"independent"``.
        num_envs: environments side by side.
        seed: of weights, sampling and tasks.
        changes: settings of MaskablePPO that differ from ``SETTINGS``.

    Raises:
        ValueError: an unknown way of sharing, several agents of a role, or a limit of calls that
            can end a round before its critic.

    Attributes:
        models: the MaskablePPO by agent; the same one for all where they share.
        num_rounds: rounds played so far, over all environments.
    """

    def __init__(
        self,
        make_env: Callable[[], Any],
        *,
        sharing: str = "shared",
        num_envs: int = 32,
        seed: int = 0,
        **changes: Any,
    ) -> None:
        if sharing not in SHARING:
            raise ValueError(f"sharing={sharing!r} is unknown: choose from {SHARING}")
        self.sharing = sharing
        self._seed = seed
        self._collector = RoundCollector([make_env() for _ in range(num_envs)], seed)
        self.agents = self._collector.agents
        self.num_rounds = 0
        self.seconds = 0.0
        self._changes = changes
        self.models = self._make_models(seed, num_envs)

    def _make_models(self, seed: int, num_envs: int) -> dict[str, MaskablePPO]:
        env = self._collector.envs[0]
        layout = layout_of(env)
        groups = [self.agents] if self.sharing == "shared" else [[agent] for agent in self.agents]
        settings = with_batches(self._changes, num_envs * len(groups[0]))
        models = {}
        for number, group in enumerate(groups):
            agent = group[0]
            stub = SpacesOnly(
                num_envs * len(group), env.observation_space(agent), env.action_space(agent)
            )
            model = MaskablePPO(
                TeamPolicy,
                VecTransposeImage(stub),
                seed=seed + number,
                policy_kwargs={"layout": layout, **OPTIMIZER},
                device="cpu",
                **settings,
            )
            model.set_logger(Logger(None, []))
            models.update(dict.fromkeys(group, model))
        return models

    def log_to(self, folder: Path) -> None:
        """Write each model's losses to TensorBoard files in ``folder``."""
        for name, model in self._files().items():
            model.set_logger(configure(str(folder / Path(name).stem), ["tensorboard"]))

    def learn(
        self,
        rounds: int,
        *,
        entropy: tuple[float, float] = (0.02, 0.002),
        minutes: float | None = None,
        on_iteration: Callable[[dict[str, float]], None] | None = None,
    ) -> TeamLearner:
        """Play and learn until ``num_rounds`` reaches ``rounds``.

        Args:
            rounds: in all, over all environments.
            entropy: coefficient at the start and at the end.
            minutes: end earlier, after this wall time in all.
            on_iteration: is told rounds, seconds, mean episode reward and success.
        """
        start = time.monotonic() - self.seconds
        while self.num_rounds < rounds:
            left = 1.0 - self.num_rounds / rounds
            if minutes is not None:
                left = min(left, max(1.0 - self.seconds / (60 * minutes), 0.0))
            for model in set(self.models.values()):
                model._current_progress_remaining = left
                model.ent_coef = entropy[1] + (entropy[0] - entropy[1]) * left
            self.num_rounds += self._collector.collect(self.models)
            for model in dict.fromkeys(self.models.values()):
                model.num_timesteps = self.num_rounds
                model.train()
                model.logger.dump(self.num_rounds)
            self.seconds = time.monotonic() - start
            if on_iteration is not None:
                on_iteration(self._report())
            if minutes is not None and self.seconds >= 60 * minutes:
                break
        return self

    def _report(self) -> dict[str, float]:
        return {
            "steps": self.num_rounds,
            "seconds": round(self.seconds, 1),
            **self._collector.recent(),
        }

    def _files(self) -> dict[str, MaskablePPO]:
        if self.sharing == "shared":
            return {"team.zip": self.models[self.agents[0]]}
        return {f"{agent}.zip": self.models[agent] for agent in self.agents}

    def save(self, folder: Path) -> None:
        """Write ``team.zip``, or one file an agent; a crash on the way leaves the last good one."""
        for name, model in self._files().items():
            save_model(model, folder / name)

    def load(self, folder: Path) -> None:
        """Take weights, optimiser and count of rounds from what ``save`` wrote.

        Raises:
            FileNotFoundError: a file is missing.
        """
        for name, model in self._files().items():
            restore_model(model, folder / name)
            self.num_rounds = model.num_timesteps
        self._collector.reseed(self._seed * SEEDS_APART + self.num_rounds)


class TeamActor:
    """Plays a team environment with trained models.

    Args:
        models: by agent, anything with the ``policy`` of ``TeamLearner.models``.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = models

    def play(self, env: Any, seed: int) -> tuple[bool, float, int]:
        """Play one episode; return success, the sum of the calls' rewards, and their number.

        Args:
            env: AEC or parallel, with ``uniform_spaces="flat"``.
            seed: of the episode.
        """
        rounds = env.unwrapped.rounds
        if isinstance(env, ParallelEnv):
            seen, _ = env.reset(seed=seed)
            while env.agents:
                seen, *_ = env.step({a: self._decide(a, seen[a]) for a in env.agents})
        else:
            env.reset(seed=seed)
            while not rounds.over:
                agent = env.agent_selection
                env.step(self._decide(agent, env.observe(agent)))
        calls = len(rounds.base.workspace.history)
        return rounds.info({})["is_success"], rounds.team_return, calls

    def _decide(self, agent: str, observation: dict[str, Any]) -> int:
        mask = observation["action_mask"].astype(bool)
        action, _ = self._models[agent].predict(observation, action_masks=mask, deterministic=True)
        return int(action)
