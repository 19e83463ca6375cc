"""Learning with all agents acting at once: MaskablePPO on the parallel environment."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, configure

from editenv_policies.sb3.models import OPTIMIZER
from editenv_policies.sb3.state import State, restore_model, save_model, state_of
from editenv_policies.team.learner import with_batches
from editenv_policies.team.policy import TeamPolicy, layout_of
from editenv_policies.team.streams import RECENT, SEEDS_APART
from editenv_policies.team.vec_env import TeamVecEnv

FILE = "together.zip"


class TogetherLearner:
    """One policy for all agents, who act on what the last round left; used as ``TeamLearner`` is.

    Args:
        make_env: builds ``image_edit_v0.parallel_env(..., uniform_spaces="flat")``.
        num_envs: environments side by side.
        seed: of weights, sampling and tasks.
        changes: settings of MaskablePPO, in place of ``editenv_policies.team.learner.SETTINGS``.

    Attributes:
        models: the same MaskablePPO for every agent.
        num_rounds: rounds played so far, over all environments.
        seconds: spent learning so far.
    """

    def __init__(
        self, make_env: Callable[[], Any], *, num_envs: int = 32, seed: int = 0, **changes: Any
    ) -> None:
        self._env = TeamVecEnv(make_env, num_envs)
        self.agents = self._env.agents
        self.model = MaskablePPO(
            TeamPolicy,
            self._env,
            seed=seed,
            policy_kwargs={"layout": layout_of(make_env()), **OPTIMIZER},
            device="cpu",
            **with_batches(changes, self._env.num_envs),
        )
        self.model.set_logger(Logger(None, []))
        # MaskablePPO has just seeded the environments with its own seed, close to the next run's.
        self._env.seed(seed * SEEDS_APART)
        self.seconds = 0.0
        self._recent: deque[tuple[float, bool]] = deque(maxlen=RECENT)
        self._began: State | None = None
        self._updating = False

    @property
    def models(self) -> dict[str, MaskablePPO]:
        """By agent."""
        return dict.fromkeys(self.agents, self.model)

    @property
    def files(self) -> dict[str, MaskablePPO]:
        """What a checkpoint's file holds, by name."""
        return {FILE: self.model}

    @property
    def num_rounds(self) -> int:
        """Rounds played so far, over all environments."""
        return self.model.num_timesteps // len(self.agents)

    def log_to(self, folder: Path) -> None:
        """Write the losses to TensorBoard files in ``folder``."""
        self.model.set_logger(configure(str(folder / "together"), ["tensorboard"]))

    def learn(
        self,
        rounds: int,
        *,
        entropy: tuple[float, float] = (0.02, 0.002),
        minutes: float | None = None,
        on_iteration: Callable[[dict[str, float]], None] | None = None,
    ) -> TogetherLearner:
        """Play and learn until ``num_rounds`` reaches ``rounds``; see ``TeamLearner.learn``.

        With ``minutes`` the entropy bonus falls with the time, the learning rate with the rounds.
        """
        progress = _Progress(self, rounds, entropy, minutes, on_iteration)
        left = rounds * len(self.agents) - self.model.num_timesteps
        self.model.learn(max(left, 0), progress, reset_num_timesteps=False)
        return self

    def _snapshot(self) -> State:
        """All but the weights, between two updates."""
        return {
            **state_of(self.model),
            "seconds": self.seconds,
            "recent": [(reward, bool(solved)) for reward, solved in self._recent],
        }

    def save(self, folder: Path) -> None:
        """Write ``together.zip``; see ``TeamLearner.save``."""
        if not self._updating:
            save_model(self.model, folder / FILE, self._began or self._snapshot())

    def load(self, folder: Path) -> None:
        """Go on from what ``save`` wrote, as the learner that wrote it; nothing is unpickled.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: it is damaged, or of another learner.
        """
        # Episodes that this learner has begun are not those of the checkpoint.
        self.model._last_obs = None
        state = restore_model(self.model, folder / FILE)
        self.seconds = state["seconds"]
        self._recent = deque(((r, solved) for r, solved in state["recent"]), maxlen=RECENT)
        self._began, self._updating = None, False


class _Progress(BaseCallback):
    """Entropy, time limit and reports, as ``TeamLearner`` has them."""

    def __init__(
        self,
        learner: TogetherLearner,
        rounds: int,
        entropy: tuple[float, float],
        minutes: float | None,
        report: Callable[[dict[str, float]], None] | None,
    ) -> None:
        super().__init__()
        self._learner, self._rounds, self._entropy = learner, rounds, entropy
        self._seconds = None if minutes is None else 60 * minutes
        self._report = report
        self._start = time.monotonic() - learner.seconds
        self._line: dict[str, float] | None = None

    def _on_rollout_start(self) -> None:
        self._learner._updating = False
        self._learner._began = self._learner._snapshot()
        self._tell()
        left = 1.0 - self._learner.num_rounds / self._rounds
        if self._seconds is not None:
            left = min(left, max(1.0 - self._learner.seconds / self._seconds, 0.0))
        model: Any = self.model
        model.ent_coef = self._entropy[1] + (self._entropy[0] - self._entropy[1]) * left

    def _on_step(self) -> bool:
        first = slice(None, None, len(self._learner.agents))
        dones, infos = self.locals["dones"][first], self.locals["infos"][first]
        for done, info in zip(dones, infos, strict=True):
            if done:
                self._learner._recent.append((info["team_return"], info["is_success"]))
        self._learner.seconds = time.monotonic() - self._start
        return self._seconds is None or self._learner.seconds < self._seconds

    def _on_rollout_end(self) -> None:
        recent = self._learner._recent
        rewards, solved = zip(*recent, strict=True) if recent else ((0.0,), (0.0,))
        self._line = {
            "steps": self._learner.num_rounds,
            "seconds": round(self._learner.seconds, 1),
            "reward": float(np.mean(rewards)),
            "success": float(np.mean(solved)),
        }
        self._learner._began, self._learner._updating = None, True

    def _on_training_end(self) -> None:
        self._learner._updating = False
        self._tell()

    def _tell(self) -> None:
        """Report a rollout when it has been learned from: who is told may save."""
        if self._report is not None and self._line is not None:
            self._report(self._line)
        self._line = None
