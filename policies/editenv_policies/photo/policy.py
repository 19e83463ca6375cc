"""A trained coordinator sees a small copy of the photo; its calls are made on the photo."""

from __future__ import annotations

import json
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
from editenv.workspace import CONTROLS, SUBMIT, Workspace
from editenv_policies import trained
from editenv_policies.arguments import KEPT, environment_of
from editenv_policies.photo.desk import Round, apply_call

Act = Callable[[Mapping[str, np.ndarray], ImageEditEnv], np.ndarray]
"""From an observation and the environment that gave it to an action."""

CHECKPOINT = "model.zip"
"""What other trainers leave of a model."""

USUAL_LIMIT = 8
"""Calls of a coordinator that does not say on which id it was trained."""


class _GivenRegions:
    """Proposes the regions of the large photo, on its small copy, in the same slots."""

    def __init__(self, regions: tuple[Region | None, ...]) -> None:
        self.regions = regions

    def propose(
        self, task: EditTask, rng: np.random.Generator, slots: int
    ) -> tuple[Region | None, ...]:
        """Return the given regions; the generator is not used."""
        height, width = task.source.shape[:2]

        def small(region: Region) -> Region:
            mask = cv2.resize(region.mask, (width, height), interpolation=cv2.INTER_AREA)
            return replace(region, mask=mask, box=mask_box(mask))

        rest = (region and small(region) for region in self.regions[1:slots])
        return (Region.whole(height, width), *rest)


class PolicyPlayer:
    """A coordinator on a photo.

    Attributes:
        arguments: of the environment that it was trained on.
        slots: how many regions it may choose from.

    The policy sees what it saw in training: a small square copy of the photo, on which every call
    is carried out too. The same calls are made on the photo itself.

    Args:
        name: an id, for the coordinator that comes with the package; the folder of a run, of
            ``examples/train_coordinator.py`` or ``train_ppo.py``; or a ``model.zip``, which is
            pickled: use only files that you trust.
        env_id: the id that a file was trained on; None takes it from its run, or else the first
            registered id whose spaces fit.

    Raises:
        ValueError: no such id or file, or a policy for other spaces.
        gymnasium.error.DependencyNotInstalled: Stable-Baselines3 is missing.
    """

    def __init__(self, name: str, env_id: str | None = None) -> None:
        self._act, self.arguments = _load(name, env_id)
        self.slots = int(self.arguments.get("slots", SLOTS))

    def play(
        self, task: EditTask, regions: tuple[Region | None, ...]
    ) -> tuple[Workspace, list[Round]]:
        """Let the policy decide until it submits or its steps are used up.

        Args:
            task: the photo and the instruction.
            regions: the photo's, by slot; the first ``slots`` are used.

        Returns:
            The workspace of the photo, and its rounds.
        """
        there = regions[: self.slots]
        with closing(ImageEditEnv(**self.arguments, grounder=_GivenRegions(there))) as env:
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
                rounds.append(apply_call(workspace, call))
                if rounds[-1].failure is not None:
                    break
        return workspace, rounds


def _load(name: str, env_id: str | None) -> tuple[Act, dict[str, Any]]:
    """Find a policy, and the arguments of the environment that it was trained on."""
    if name in CONFIGURATIONS:
        if env_id not in (None, name):
            raise ValueError(f"env_id={env_id!r} is not what the coordinator of {name} has learnt")
        return _clone(trained.load(name))
    path = Path(name).expanduser()
    clone = trained.load_run(path)
    if clone is not None:
        return _clone(clone)
    file = path / CHECKPOINT if path.is_dir() else path
    agent = SB3Agent(file)

    def act(seen: Mapping[str, np.ndarray], env: ImageEditEnv) -> np.ndarray:
        mask = env.action_masks().astype(np.int8)
        return agent.act(Turn(dict(seen), env.action_space, mask, env.np_random))

    return act, _matching_arguments(agent, file, env_id)


def _clone(clone: Any) -> tuple[Act, dict[str, Any]]:
    """A coordinator names its own tools, and has the shapes of what it sees."""
    seen = clone.shapes
    limit, _ = CONFIGURATIONS.get(clone.notes.get("env", ""), (USUAL_LIMIT, {}))
    arguments = {
        "tools": [call.name for call in clone.table.calls if call.name not in CONTROLS],
        "slots": seen["regions"][0],
        "image_size": tuple(seen["image"][:2]),
        "max_tokens": seen["instruction"][0],
        "history_length": seen["history"][0],
        "max_steps": limit,
    }
    return lambda now, env: clone.predict(now, action_masks=env.action_masks())[0], arguments


def _matching_arguments(agent: SB3Agent, file: Path, env_id: str | None) -> dict[str, Any]:
    """Find the arguments of the environment that the policy was trained on, by its spaces.

    A run keeps its own beside the model; a file alone is tried on every id.
    """
    if env_id is not None and env_id not in CONFIGURATIONS:
        raise ValueError(f"env_id={env_id!r} is unknown: choose from {list(CONFIGURATIONS)}")
    kept = file.parent / KEPT
    run = json.loads(kept.read_text()) if kept.is_file() else {}
    tools = environment_of(None, run.get("tools"))
    for name in [env_id] if env_id else [run["env"]] if "env" in run else CONFIGURATIONS:
        for action_format in ("multi_discrete", "discrete"):
            limit, arguments = CONFIGURATIONS[name]
            kwargs = {**arguments, **tools, "max_steps": limit, "action_format": action_format}
            env = ImageEditEnv(**kwargs)
            try:
                agent.check(env.action_space, env.observation_space)
            except ValueError:
                continue
            finally:
                env.close()
            return kwargs
    raise ValueError(
        f"{file} was trained for other tools, slots or sizes than those of "
        f"{env_id or list(CONFIGURATIONS)}"
    )
