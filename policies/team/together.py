"""Learning with all agents acting at once: MaskablePPO on the parallel environment."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import VecMonitor

from policies.sb3.callbacks import (
    CurveCallback,
    EntropyDecayCallback,
    SafeCheckpointCallback,
    TimeLimitCallback,
)
from policies.sb3.models import OPTIMIZER
from policies.team.learner import BATCHES, SETTINGS
from policies.team.policy import TeamPolicy, layout_of
from policies.team.vec_env import TeamVecEnv

FILE = "team.zip"


class TogetherLearner:
    """One policy for all agents, who act on what the last round left; as ``TeamLearner`` to use.

    Args:
        make_env: builds ``image_edit_v0.parallel_env(..., uniform_spaces="flat")``.
        num_envs: environments side by side.
        seed: of weights, sampling and tasks.
        changes: settings of MaskablePPO that differ from ``policies.team.learner.SETTINGS``.

    Attributes:
        models: the same MaskablePPO for every agent.
        num_rounds: rounds played so far, over all environments.
    """

    def __init__(
        self, make_env: Callable[[], Any], *, num_envs: int = 32, seed: int = 0, **changes: Any
    ) -> None:
        layout = layout_of(make_env())
        env = TeamVecEnv(make_env, num_envs, seed=seed * 10_000)
        self.agents = env.agents
        rows = env.num_envs * changes.get("n_steps", SETTINGS["n_steps"])
        settings = {**SETTINGS, "batch_size": max(rows // BATCHES, 2), **changes}
        self.model = MaskablePPO(
            TeamPolicy,
            VecMonitor(env),
            seed=seed,
            policy_kwargs={"layout": layout, **OPTIMIZER},
            device="cpu",
            **settings,
        )
        self.seconds = 0.0

    @property
    def models(self) -> dict[str, MaskablePPO]:
        """By agent."""
        return dict.fromkeys(self.agents, self.model)

    @property
    def num_rounds(self) -> int:
        """Rounds played so far, over all environments."""
        return self.model.num_timesteps // len(self.agents)

    def learn(
        self,
        rounds: int,
        out: Path,
        *,
        entropy: tuple[float, float] = (0.02, 0.002),
        minutes: float | None = None,
    ) -> TogetherLearner:
        """Play and learn until ``num_rounds`` reaches ``rounds``.

        Args:
            rounds: in all, over all environments.
            out: folder of checkpoint, curve and TensorBoard files.
            entropy: coefficient at the start and at the end.
            minutes: end earlier, after this wall time.
        """
        self.model.set_logger(configure(str(out / "tensorboard"), ["tensorboard"]))
        callbacks = [
            CurveCallback(out / "curve.jsonl", self.seconds),
            SafeCheckpointCallback(out / FILE),
            EntropyDecayCallback(*entropy),
        ]
        if minutes is not None:
            callbacks.append(TimeLimitCallback(60 * minutes))
        start = time.monotonic() - self.seconds
        left = rounds * len(self.agents) - self.model.num_timesteps
        self.model.learn(max(left, 0), CallbackList(callbacks), reset_num_timesteps=False)
        self.seconds = time.monotonic() - start
        return self

    def save(self, folder: Path) -> None:
        """Write ``team.zip``."""
        self.model.save(folder / FILE)

    def load(self, folder: Path) -> None:
        """Take weights, optimiser and count of rounds from the checkpoint.

        Raises:
            FileNotFoundError: there is none.
        """
        if not (folder / FILE).exists():
            raise FileNotFoundError(f"no checkpoint at {folder / FILE}")
        self.model.set_parameters(str(folder / FILE), device="cpu")
        self.model.num_timesteps = MaskablePPO.load(folder / FILE, device="cpu").num_timesteps
