"""A trained coordinator on a small copy of the photo; what it calls is done to the photo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from editenv.agents.roles import Turn
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.setup import SLOTS
from editenv.models.members.sb3 import SB3Agent
from editenv.registration import CONFIGURATIONS
from editenv.types import EditTask, Region, mask_box
from editenv.workspace import SUBMIT, Workspace
from editenv_policies import trained
from editenv_policies.photo.play import Round, apply_call

Act = Callable[[Mapping[str, np.ndarray], ImageEditEnv], np.ndarray]
"""From an observation and the environment that gave it to an action."""


class _GivenRegions:
    """Proposes the regions of the large photo, on its small copy, in the same slots."""

    def __init__(self, regions: tuple[Region | None, ...]) -> None:
        self.regions = regions

    def propose(
        self, task: EditTask, rng: np.random.Generator, slots: int
    ) -> tuple[Region | None, ...]:
        """Return the regions as they are given, whatever the generator."""
        height, width = task.source.shape[:2]

        def small(region: Region) -> Region:
            mask = cv2.resize(region.mask, (width, height), interpolation=cv2.INTER_AREA)
            return replace(region, mask=mask, box=mask_box(mask))

        rest = (region and small(region) for region in self.regions[1:slots])
        return (Region.whole(height, width), *rest)


class PolicyPlayer:
    """A coordinator on a photo.

    The policy sees what it saw in training: a small square copy of the photo, on which every call
    is carried out too. What it calls there is done to the photo itself.

    Args:
        name: an id, for the coordinator that comes with the package, or what
            ``examples/train_ppo.py`` saved. The latter is pickled: name only files that you trust.
        env_id: what a file was trained on; None takes the first registered id whose spaces fit.

    Raises:
        ValueError: no such id or file, or a policy for other spaces.
        gymnasium.error.DependencyNotInstalled: Stable-Baselines3 is missing.
    """

    def __init__(self, name: str, env_id: str | None = None) -> None:
        self._act, self._arguments = _load(name, env_id)
        self.slots = int(self._arguments.get("slots", SLOTS))

    def play(
        self, task: EditTask, regions: tuple[Region | None, ...]
    ) -> tuple[Workspace, list[Round]]:
        """Let the policy decide until it submits or its steps are used up.

        Args:
            task: the photo and the instruction.
            regions: the photo's, by slot; the first ``slots`` are used.

        Returns:
            The workspace of the photo, and what happened on it.
        """
        there = regions[: self.slots]
        with closing(ImageEditEnv(**self._arguments, grounder=_GivenRegions(there))) as env:
            height, width = env.setup.size
            small = cv2.resize(task.source, (width, height), interpolation=cv2.INTER_AREA)
            small_task = EditTask(small, task.instruction, metadata=task.metadata)
            observation, _ = env.reset(seed=0, options={"task": small_task})
            workspace, rounds = Workspace(task, env.tools, there), []
            for _ in range(env.setup.max_steps):
                action = self._act(observation, env)
                call = env.decode(action)
                observation, *_ = env.step(action)
                if call.tool == SUBMIT:
                    break
                rounds.append(apply_call(workspace, None, "", call))
                if rounds[-1].failure is not None:
                    break
        return workspace, rounds


def _load(name: str, env_id: str | None) -> tuple[Act, dict[str, Any]]:
    """Find a policy, and the arguments of the environment that it was trained on."""
    if name in CONFIGURATIONS:
        if env_id not in (None, name):
            raise ValueError(f"env_id={env_id!r} is not what the coordinator of {name} has learnt")
        clone = trained.load(name)
        limit, arguments = CONFIGURATIONS[name]
        return (
            lambda seen, env: clone.predict(seen, action_masks=env.action_masks())[0],
            {**arguments, "max_steps": limit},
        )
    agent = SB3Agent(name)

    def act(seen: Mapping[str, np.ndarray], env: ImageEditEnv) -> np.ndarray:
        mask = env.action_masks().astype(np.int8)
        return agent.act(Turn(dict(seen), env.action_space, mask, env.np_random))

    return act, _matching_arguments(agent, name, env_id)


def _matching_arguments(agent: SB3Agent, path: str | Path, env_id: str | None) -> dict[str, Any]:
    """Find the arguments of the environment that the policy was trained on, by its spaces."""
    if env_id is not None and env_id not in CONFIGURATIONS:
        raise ValueError(f"env_id={env_id!r} is unknown: choose from {list(CONFIGURATIONS)}")
    for name in [env_id] if env_id else CONFIGURATIONS:
        for action_format in ("multi_discrete", "discrete"):
            limit, arguments = CONFIGURATIONS[name]
            kwargs = {**arguments, "max_steps": limit, "action_format": action_format}
            env = ImageEditEnv(**kwargs)
            try:
                agent.check(env.action_space, env.observation_space)
            except ValueError:
                continue
            finally:
                env.close()
            return kwargs
    raise ValueError(
        f"{path} was trained for other tools, slots or sizes than those of "
        f"{env_id or list(CONFIGURATIONS)}"
    )
