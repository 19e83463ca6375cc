"""The upper bound: reads the ground truth, but must use the tools."""

from __future__ import annotations

from typing import Any

import gymnasium

from editenv.imaging.metrics import mean_error, overlap
from editenv.types import SubEdit, ToolCall
from editenv.workspace import SUBMIT, Workspace


class OracleActor:
    """Carries out the sub-edits in order, with whichever rival tool comes nearest, then submits."""

    def __init__(self) -> None:
        self._next = 0

    def reset(self, env: gymnasium.Env) -> None:
        """Start with the first sub-edit."""
        self._next = 0

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Return the next sub-edit's best call."""
        base: Any = env.unwrapped
        return base.encode(self.choose(base.workspace))

    def choose(self, workspace: Workspace) -> ToolCall:
        """Choose the next call by trying the candidates on the workspace and taking them back."""
        edits = workspace.task.sub_edits
        if self._next >= len(edits):
            return ToolCall(SUBMIT)
        index, self._next = self._next, self._next + 1
        calls = candidates(workspace, edits[index])
        if not calls:
            return ToolCall(SUBMIT)
        return min(calls, key=lambda call: _error_after(workspace, call, index))


def candidates(workspace: Workspace, edit: SubEdit) -> list[ToolCall]:
    """All calls that do a sub-edit's action, towards its goal, on its subject."""
    slot = _slot_of(workspace, edit)
    calls = [
        ToolCall(tool.name, slot, option)
        for tool in workspace.tools.values()
        if tool.action == edit.action
        for option, name in enumerate(tool.options)
        if edit.goal in ("", name)
    ]
    return [call for call in calls if workspace.why_invalid(call) is None]


def _slot_of(workspace: Workspace, edit: SubEdit) -> int:
    def fit(slot: int) -> float:
        region = workspace.regions[slot]
        if region is None:
            return -1.0
        if edit.subject_mask is None:
            return float(region.label == edit.subject)
        return overlap(region.mask, edit.subject_mask)

    return max(range(len(workspace.regions)), key=fit)


def _error_after(workspace: Workspace, call: ToolCall, index: int) -> float:
    snapshot = workspace.snapshot()
    workspace.apply(call)
    canvas = workspace.canvas
    workspace.restore(snapshot)
    mask = workspace.task.sub_edits[index].mask
    hard = None if mask is None else (mask > 0).astype("uint8")
    return mean_error(canvas, workspace.task.stages[index], hard)
