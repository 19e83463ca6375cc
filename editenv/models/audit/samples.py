"""Tasks to audit with, drawn by the environment itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gymnasium

from editenv.envs.image_edit import ImageEditEnv
from editenv.models.audit.paint import PaintTool
from editenv.models.audit.probes import Probe
from editenv.types import EditTask, ToolCall
from editenv.workspace import SUBMIT, Workspace

LONGEST = 1000
"""Step limit while probes are played: an audit asks what a sequence is worth, however long."""

PADDING = " Thank you very much in advance. I took this picture a while ago and I still like it."
"""Sentences that ask for nothing."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One task with its probes.

    Attributes:
        seed: of the environment's reset.
        task: the task.
        probes: by name.
    """

    seed: int
    task: EditTask
    probes: Mapping[str, Probe]

    @property
    def padded(self) -> EditTask:
        """The same task with ``PADDING`` behind its instruction."""
        return replace(self.task, instruction=self.task.instruction + PADDING)


class Stage:
    """An environment whose episodes are played from a given task.

    There is a second copy of it, with one tool more, for pictures that are painted. Probes come
    from the ground truth, and so do the regions: those that are proposed by default differ with the
    seed, and the same calls would not lead to the same picture.

    Args:
        env_id: a registered id of ``ImageEditEnv``.
        arguments: further arguments of ``gymnasium.make``.
    """

    def __init__(self, env_id: str, **arguments: Any) -> None:
        arguments = {
            "max_episode_steps": LONGEST,
            "disable_env_checker": True,
            "grounder": "scene",
            "region_embeddings": False,
            **arguments,
        }
        self._paint = PaintTool()
        self._env = gymnasium.make(env_id, **arguments)
        tools = (*_inner(self._env).tools, self._paint)
        self._painted_env = gymnasium.make(env_id, **{**arguments, "tools": tools})

    def draw(self, seed: int) -> EditTask:
        """Return the task of a seed."""
        self._env.reset(seed=seed)
        return _inner(self._env).task

    def start(self, task: EditTask, seed: int) -> Workspace:
        """Return the workspace at the start of an episode; the seed deals the region slots."""
        self._env.reset(seed=seed, options={"task": task})
        return _inner(self._env).workspace

    def play(self, task: EditTask, seed: int, probe: Probe) -> tuple[float, bool]:
        """Play a probe and submit.

        A probe without calls is painted, by one call.

        Returns:
            The return of the episode, and whether the work counts as solved.
        """
        env, calls = self._env, probe.calls
        if calls is None:
            self._paint.picture = probe.picture
            env, calls = self._painted_env, (ToolCall(self._paint.name),)
        env.reset(seed=seed, options={"task": task})
        total, info = 0.0, {}
        for call in (*calls, ToolCall(SUBMIT)):
            _, reward, _, _, info = env.step(_inner(env).encode(call))
            total += float(reward)
        return total, bool(info["is_success"])

    @property
    def call_price(self) -> float:
        """What the reward takes for a call, whatever it does; 0 where calls are free."""
        return max(_inner(self._env).setup.reward.weights.get("step", 0.0), 0.0)

    def close(self) -> None:
        """Close the environments."""
        self._env.close()
        self._painted_env.close()


def _inner(env: gymnasium.Env[Any, Any]) -> ImageEditEnv:
    inner = env.unwrapped
    assert isinstance(inner, ImageEditEnv)
    return inner
