"""Learning turn by turn: every agent of a team, each with its own policy or all with one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sb3_contrib import MaskablePPO
from stable_baselines3.common.logger import Logger, configure
from stable_baselines3.common.vec_env import VecTransposeImage

from editenv_policies.checkpoints import newest
from editenv_policies.random_state import random_streams, set_random_streams
from editenv_policies.sb3.learning import Learner, OnIteration, let_policy_learn
from editenv_policies.sb3.models import LEARNING_RATE, OPTIMIZER, PPO_SETTINGS, linear_decay
from editenv_policies.sb3.state import read_arrays, read_state, save_model, steps_of, take_weights
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.team.buffer import RoundBuffer
from editenv_policies.team.policy import TeamPolicy, layout_of
from editenv_policies.team.spaces import SpacesOnly
from editenv_policies.team.streams import RoundCollector

SETTINGS: dict[str, Any] = {
    **PPO_SETTINGS,
    "learning_rate": linear_decay(LEARNING_RATE),
    "n_epochs": 3,
}

ENTROPY = (0.02, 0.002)
"""Coefficient of the entropy bonus at the start and at the end."""

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


Saved = tuple[dict[str, Any], dict[str, np.ndarray]]
"""What comes with the weights of a team: plain values, and arrays."""

SHARING = ("shared", "independent")
"""One policy for all roles, or one for each."""


class TeamLearner(Learner):
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
        network: arguments of ``TeamExtractor`` that differ from the defaults.
        unfamiliar: what observations go through, in training only; None leaves them as they are.
        limit_ends: nothing comes after the limit of rounds; see ``RoundCollector``.
        entropy: coefficient of the entropy bonus at the start and at the end.
        values_first: share of the training, 0 to 1, in which only values are learnt: the advantages
            of a policy that brings its weights along are noise as long as its critic is new.
        changes: settings of MaskablePPO that differ from ``SETTINGS``.

    Raises:
        ValueError: an unknown way of sharing, several agents of a role, or a limit of calls that
            can end a round before its critic.

    Attributes:
        models: the MaskablePPO by agent; the same one for all where they share.
        steps: rounds played so far, over all environments.
    """

    def __init__(
        self,
        make_env: Callable[[], Any],
        *,
        sharing: str = "shared",
        num_envs: int = 32,
        seed: int = 0,
        network: Mapping[str, Any] | None = None,
        unfamiliar: Unfamiliar | None = None,
        limit_ends: bool = False,
        entropy: tuple[float, float] = ENTROPY,
        values_first: float = 0.0,
        **changes: Any,
    ) -> None:
        if sharing not in SHARING:
            raise ValueError(f"sharing={sharing!r} is unknown: choose from {SHARING}")
        if not 0 <= values_first <= 1:
            raise ValueError(f"values_first={values_first} must be from 0 to 1")
        super().__init__()
        self.sharing = sharing
        envs = [make_env() for _ in range(num_envs)]
        self._collector = RoundCollector(envs, seed, unfamiliar=unfamiliar, limit_ends=limit_ends)
        self._network = dict(network or {})
        self._entropy, self._values_first = entropy, values_first
        self.agents = self._collector.agents
        self.steps = 0
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
                policy_kwargs={
                    "layout": layout,
                    "features_extractor_kwargs": self._network,
                    **OPTIMIZER,
                },
                device="cpu",
                **settings,
            )
            model.set_logger(Logger(None, []))
            self._keep_rounds_together(model, len(group))
            models.update(dict.fromkeys(group, model))
        return models

    @staticmethod
    def _keep_rounds_together(model: MaskablePPO, roles: int) -> None:
        model.rollout_buffer = RoundBuffer(  # type: ignore[assignment]
            model.n_steps,
            model.observation_space,
            model.action_space,
            model.device,
            gamma=model.gamma,
            gae_lambda=model.gae_lambda,
            n_envs=model.n_envs,
            roles=roles,
        )

    def log_to(self, folder: Path) -> None:
        """Write each model's losses to TensorBoard files in ``folder``."""
        for name, model in self.files.items():
            model.set_logger(configure(str(folder / Path(name).stem), ["tensorboard"]))

    def learn(
        self, steps: int, *, minutes: float | None = None, on_iteration: OnIteration | None = None
    ) -> TeamLearner:
        """Play and learn until there are so many rounds; see ``Learner``.

        With ``minutes``, entropy bonus and learning rate fall with the time too.
        """
        (first, last), start = self._entropy, time.monotonic() - self.seconds
        while self.steps < steps:
            if minutes is not None and self.seconds >= 60 * minutes:
                break
            left = 1.0 - self.steps / steps
            if minutes is not None:
                left = min(left, max(1.0 - self.seconds / (60 * minutes), 0.0))
            for model in set(self.models.values()):
                let_policy_learn(model.policy, 1.0 - left >= self._values_first)
                model._current_progress_remaining = left
                model.ent_coef = last + (first - last) * left
            self._began = self._snapshot()
            self.steps += self._collector.collect(self.models)
            self._began, self._updating = None, True
            for model in dict.fromkeys(self.models.values()):
                model.num_timesteps = self.steps
                model.train()
                model.logger.dump(self.steps)
            self._updating = False
            self.seconds = time.monotonic() - start
            if on_iteration is not None:
                on_iteration(self._report())
        return self

    def _report(self) -> dict[str, float]:
        return {
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
            **self._collector.recent(),
        }

    @property
    def files(self) -> dict[str, MaskablePPO]:
        """What a checkpoint's files hold, by name."""
        if self.sharing == "shared":
            return {"team.zip": self.models[self.agents[0]]}
        return {f"{agent}.zip": self.models[agent] for agent in self.agents}

    def _snapshot(self) -> Saved:
        """All but the weights, between two updates."""
        plain, arrays = self._collector.state()
        state = {
            "steps": self.steps,
            "seconds": self.seconds,
            "updates": {name: model._n_updates for name, model in self.files.items()},
            "collector": plain,
            "random": random_streams(),
        }
        return state, arrays

    def _write(self, folder: Path, snapshot: Saved) -> None:
        """One file for all, or one an agent."""
        state, arrays = snapshot
        for name, model in self.files.items():
            own = [agent for agent, each in self.models.items() if each is model]
            kept = {key: part for key, part in arrays.items() if key.split("/")[0] in own}
            save_model(model, folder / name, state, kept)

    def load(self, folder: Path) -> None:
        """Go on from what ``save`` wrote; see ``Learner``."""
        state, arrays = self.load_weights(folder)
        self.steps, self.seconds = state["steps"], state["seconds"]
        for name, model in self.files.items():
            model._n_updates = state["updates"][name]
        self._collector.take_state(state["collector"], arrays)
        self._began, self._updating = None, False
        set_random_streams(state["random"])

    def load_weights(self, folder: Path) -> Saved:
        """Take weights and optimisers only; return what else ``save`` wrote."""
        files = self.files
        arrays: dict[str, np.ndarray] = {}
        paths = newest([folder / name for name in files], steps_of)
        for path, model in zip(paths, files.values(), strict=True):
            take_weights(model, path)
            arrays |= read_arrays(path)
        return read_state(paths[0]), arrays
