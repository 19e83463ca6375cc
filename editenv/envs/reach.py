"""How near tools can come to the targets of tasks: the best single call, and a greedy search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from editenv.types import ToolCall
from editenv.workspace import SUBMIT, UNDO, Workspace

MOST_CALLS = 6
"""A greedy search makes at most so many calls."""

LEAST_GAIN = 0.02
"""A greedy search stops where the best call takes less of the distance that was there at first."""


@dataclass(frozen=True)
class Reached:
    """Where some calls lead.

    Attributes:
        calls: in order.
        left: of the distance to the target, as a share of what it was: 0 is the target itself.
        solved: whether the task counts as solved there.
    """

    calls: tuple[ToolCall, ...]
    left: float
    solved: bool


@dataclass(frozen=True)
class Reach:
    """How near tools can come to a task's target.

    Attributes:
        distance: mean difference of source and target, 0 to 1.
        single: the best single call.
        greedy: the best call after the best call, and so on.
    """

    distance: float
    single: Reached
    greedy: Reached


def reach(workspace: Workspace, calls: Sequence[ToolCall]) -> Reach | None:
    """Try all calls on a task.

    Args:
        workspace: at its start; it is left as it is.
        calls: what may be called.

    Returns:
        None where there is no target, or the source is the target.
    """
    start = workspace.state.verdict
    if not start.known or start.distance <= 0.0:
        return None
    start_distance = start.distance
    tried = workspace.copy()
    edits = [call for call in calls if call.tool not in (SUBMIT, UNDO)]
    made: list[ToolCall] = []
    single: Reached | None = None
    while len(made) < MOST_CALLS:
        distances = [_distance_after(tried, call) for call in edits]
        gain = tried.state.verdict.distance - min(distances)
        if gain < LEAST_GAIN * start_distance:
            break
        made.append(edits[distances.index(min(distances))])
        tried.apply(made[-1])
        single = single or _reached(tried, made, start_distance)
    greedy = _reached(tried, made, start_distance)
    return Reach(start_distance, single or greedy, greedy)


def _distance_after(workspace: Workspace, call: ToolCall) -> float:
    copy = workspace.copy()
    copy.apply(call)
    return copy.state.verdict.distance


def _reached(workspace: Workspace, calls: Sequence[ToolCall], start: float) -> Reached:
    verdict = workspace.state.verdict
    return Reached(tuple(calls), verdict.distance / start, verdict.success)
