"""Playing: a team on the photo itself, or a trained coordinator on a small copy of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from editenv.agents import Team
from editenv.agents.roles import ACCEPT, Intent, Sight, Turn
from editenv.agents.sb3 import SB3Agent
from editenv.agents.team import look, look_again
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.setup import SLOTS
from editenv.failure import Failure, FailureError
from editenv.registration import CONFIGURATIONS
from editenv.tools.cost import FREE, Cost
from editenv.types import EditTask, Image, Region, ToolCall, mask_box
from editenv.workspace import CONTROLS, Workspace
from policies.photo.team import PhotoInterpreter, why_nothing

MOST_ROUNDS = 24
"""No instruction that a person types has more clauses; a team that goes on is stuck."""


@dataclass(frozen=True, eq=False)
class Round:
    """What was wanted, what was called and what came of it.

    Attributes:
        intent: what the interpreter asked for; None where a policy decides alone.
        words: the person's own words for it, as far as known.
        call: the tool's call; None where nothing was called.
        region: the region it worked on; None without a call.
        before: (H, W, 3) uint8.
        after: (H, W, 3) uint8, `before` itself where nothing changed.
        reason: why nothing was done, or None.
        failure: what failed, or None.
        cost: what the edit cost, as declared or measured beforehand.
        seconds: how long it took here.
    """

    intent: Intent | None
    words: str
    call: ToolCall | None
    region: Region | None
    before: Image
    after: Image
    reason: str | None = None
    failure: Failure | None = None
    cost: Cost = FREE
    seconds: float = 0.0


def play_team(workspace: Workspace, team: Team) -> list[Round]:
    """Let a team work on the photo until it hands it in, or something fails."""
    team.reset(workspace)
    rounds: list[Round] = []
    for cycle in range(MOST_ROUNDS):
        try:
            sight = look(workspace, cycle)
            sight = sight.after(intent=team.interpreter.interpret(sight))
            if sight.intent is not None:
                rounds.append(_play_intent(workspace, team, sight))
                if rounds[-1].failure is not None:
                    return rounds
            sight = look_again(sight, workspace)
            verdict = team.critic.judge(sight)
        except FailureError as error:
            rounds.append(failed(workspace.canvas, error.failure))
            return rounds
        if verdict == "submit" or (sight.intent is None and verdict == ACCEPT):
            return rounds
        if verdict != ACCEPT:
            rounds.append(_carry_out(workspace, None, "", ToolCall(verdict)))
    return rounds


def _play_intent(workspace: Workspace, team: Team, sight: Sight) -> Round:
    """Grounder, selector and editor decide on an intent; then the tool runs."""
    wish = team.interpreter.wish if isinstance(team.interpreter, PhotoInterpreter) else None
    intent = sight.intent
    assert intent is not None
    words = wish.clause if wish else str(intent)
    sight = sight.after(region=team.grounder.ground(sight))
    sight = sight.after(tool=team.selector.select(sight))
    if sight.tool is None or sight.region is None:
        reason = why_nothing(sight) or "the team chose no tool"
        canvas = workspace.canvas
        return Round(intent, words, None, None, canvas, canvas, reason)
    call = ToolCall(sight.tool, sight.region, team.editor.edit(sight), words=words)
    return _carry_out(workspace, intent, words, call)


def _carry_out(workspace: Workspace, intent: Intent | None, words: str, call: ToolCall) -> Round:
    before = workspace.canvas
    region = None if call.tool in CONTROLS else workspace.regions[call.region]
    start = time.perf_counter()
    transition = workspace.apply(call)
    seconds = time.perf_counter() - start
    after, reason, failure = workspace.canvas, transition.invalid, transition.failure
    if reason is None and failure is None and call.tool not in CONTROLS:
        reason = "it changed nothing" if np.array_equal(before, after) else None
    cost = transition.cost
    return Round(intent, words, call, region, before, after, reason, failure, cost, seconds)


def failed(canvas: Image, failure: Failure) -> Round:
    """A round in which a grounder, an interpreter or a critic failed."""
    return Round(None, "", None, None, canvas, canvas, None, failure)


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
    """A coordinator of ``examples/train_ppo.py``, on a photo.

    The policy sees what it saw in training: a small square copy of the photo, on which every call
    is carried out too. What it calls there is done to the photo itself.

    Args:
        path: what it was saved as.
        env_id: what it was trained on; None takes the first registered id whose spaces fit.

    Raises:
        ValueError: no such file, no such id, or a policy for other spaces.
        gymnasium.error.DependencyNotInstalled: Stable-Baselines3 is missing.
    """

    def __init__(self, path: str | Path, env_id: str | None = None) -> None:
        self._agent = SB3Agent(path)
        self._arguments = _matching_arguments(self._agent, path, env_id)
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
        env = ImageEditEnv(**self._arguments, grounder=_GivenRegions(there))
        height, width = env.setup.size
        small = cv2.resize(task.source, (width, height), interpolation=cv2.INTER_AREA)
        observation, _ = env.reset(
            seed=0, options={"task": EditTask(small, task.instruction, metadata=task.metadata)}
        )
        workspace, rounds = Workspace(task, env.tools, there), []
        for _ in range(env.setup.max_steps):
            mask = env.action_masks().astype(np.int8)
            action = self._agent.act(Turn(observation, env.action_space, mask, env.np_random))
            call = env.decode(action)
            observation, *_ = env.step(action)
            if call.tool == "submit":
                break
            rounds.append(_carry_out(workspace, None, "", call))
            if rounds[-1].failure is not None:
                break
        env.close()
        return workspace, rounds


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
