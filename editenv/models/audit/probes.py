"""Probes: results of an episode of which everybody can say which is better.

Each is built from the ground truth of one task. A probe of *calls* is a sequence of tool calls that
the environment plays; a probe of *pictures* is a canvas, however it came about. A probe that would
not be plain to see in a task (``LEAST_CHANGE``, the bound that the tasks themselves keep) is left
out there, and so is one that the task has no place for (a second object, another goal).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from editenv.models.audit.call_probes import CallProbes
from editenv.models.audit.pictures import (
    blend,
    damaged,
    exaggerated,
    is_seen,
    moves_pixels,
    noise,
    stays,
    unlike_target,
)
from editenv.types import Image, ToolCall
from editenv.workspace import Workspace

NAMES: tuple[str, ...] = (
    "perfect",
    "detour",
    "half",
    "partial",
    "collateral",
    "over_edited",
    "wrong_goal",
    "wrong_object",
    "no_op",
    "noise",
)
"""All probes, the best first as far as there is an order."""


@dataclass(frozen=True, eq=False)
class Probe:
    """One result of an episode.

    Attributes:
        name: one of ``NAMES``.
        picture: (H, W, 3) uint8, the canvas that is handed in.
        calls: the tool calls that lead there, ``submit`` not included; None where the picture was
            made without calls.
    """

    name: str
    picture: Image
    calls: tuple[ToolCall, ...] | None = None


def call_probes(workspace: Workspace, rng: np.random.Generator) -> dict[str, Probe]:
    """Build the probes that tool calls reach.

    Args:
        workspace: at the start of the episode; it is not changed.
        rng: chooses objects, goals and damage.
    """
    return {
        name: Probe(name, picture, calls)
        for name, (calls, picture) in CallProbes(workspace, rng).all().items()
    }


def picture_probes(workspace: Workspace, rng: np.random.Generator) -> dict[str, Probe]:
    """Build the probes as pictures, the target itself first; none without a target.

    Args:
        workspace: at the start of the episode; it is not changed.
        rng: chooses objects, goals, places and noise.
    """
    task = workspace.task
    target = task.target
    if target is None:
        return {}
    called = CallProbes(workspace, rng).all()

    def by_calls(name: str) -> Image | None:
        return called[name][1] if name in called else None

    makers: dict[str, Callable[[], Image | None]] = {
        "perfect": lambda: target,
        "half": lambda: _half(workspace),
        "partial": lambda: _partial(workspace),
        "collateral": lambda: damaged(task, rng),
        "over_edited": lambda: _over_edited(workspace, by_calls("over_edited")),
        "wrong_goal": lambda: by_calls("wrong_goal"),
        "wrong_object": lambda: by_calls("wrong_object"),
        "no_op": lambda: task.source,
        "noise": lambda: noise(task, rng),
    }
    made = {name: make() for name, make in makers.items()}
    return {name: Probe(name, picture) for name, picture in made.items() if picture is not None}


def _half(workspace: Workspace) -> Image | None:
    """The picture after the first half of several sub-edits."""
    task = workspace.task
    if len(task.stages) < 2 or len(task.stages) != len(task.sub_edits):
        return None
    count = len(task.stages) // 2
    picture = task.stages[count - 1]
    return picture if unlike_target(picture, task) and stays(task, count) else None


def _partial(workspace: Workspace) -> Image | None:
    """Half of one edit, where an edit has halves: an object that is half gone is none."""
    task = workspace.task
    single = len(task.sub_edits) == 1 and not moves_pixels(task.sub_edits[0].action)
    if not single or task.target is None:
        return None
    picture = blend(task.source, task.target, 0.5)
    return picture if unlike_target(picture, task) else None


def _over_edited(workspace: Workspace, called: Image | None) -> Image | None:
    """What the calls make of it; where they can't, the edit's direction followed too far."""
    if called is not None:
        return called
    task = workspace.task
    assert task.target is not None
    picture = exaggerated(task)
    return picture if is_seen(picture, task.target) else None
