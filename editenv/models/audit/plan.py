"""What a perfect editor calls, read off the ground truth."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.agents.oracle import candidates
from editenv.agents.roles import RoundView
from editenv.imaging.metrics import mean_error
from editenv.types import Image, Mask, SubEdit, ToolCall
from editenv.workspace import Workspace


def reference_plan(workspace: Workspace) -> tuple[ToolCall, ...] | None:
    """Find the calls that do a task's sub-edits one after the other.

    Of rival tools the one that comes nearest to the picture after the sub-edit is taken.

    Args:
        workspace: at the start of the episode; it is not changed.

    Returns:
        A call for each sub-edit; None when a sub-edit is in no tool's power, or the task has no
        ground truth.
    """
    task = workspace.task
    if not task.sub_edits or len(task.stages) != len(task.sub_edits):
        return None
    work, calls = workspace.copy(), []
    for edit, stage in zip(task.sub_edits, task.stages, strict=True):
        view = RoundView(
            task.instruction, work.canvas, work.canvas, work.regions, work.tools, work.history
        )
        rivals = candidates(work, view, edit)
        if not rivals:
            return None
        best = min(rivals, key=lambda call: _error(work, call, edit, stage))
        calls.append(best)
        work.apply(best)
    return tuple(calls)


def played(workspace: Workspace, calls: Sequence[ToolCall]) -> Workspace | None:
    """Carry out calls on a copy; None when one of them is not valid."""
    work = workspace.copy()
    for call in calls:
        if work.apply(call).invalid is not None:
            return None
    return work


def hard(mask: Mask | None) -> Mask | None:
    """(H, W) uint8: 1 where a soft mask is not zero; None stays None."""
    return None if mask is None else (mask > 0).astype("uint8")


def _error(work: Workspace, call: ToolCall, edit: SubEdit, stage: Image) -> float:
    after = work.copy()
    after.apply(call)
    return mean_error(after.canvas, stage, hard(edit.mask))
