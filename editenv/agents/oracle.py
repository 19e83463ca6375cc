"""Members that read the ground truth: for upper bounds, tests and ablations.

Each one is right by itself, whatever the others decided before it.
"""

from __future__ import annotations

from editenv.agents.roles import Intent, RoundView, Verdict
from editenv.agents.team import Team
from editenv.imaging.metrics import mean_error, overlap
from editenv.types import SubEdit, ToolCall
from editenv.workspace import Workspace


class _Oracle:
    """Knows the workspace, and which sub-edit is due: one in every round."""

    def __init__(self) -> None:
        self._workspace: Workspace | None = None

    def reset(self, workspace: Workspace) -> None:
        """Look behind the scenes."""
        self._workspace = workspace

    @property
    def workspace(self) -> Workspace:
        """The engine of the episode.

        Raises:
            RuntimeError: before the first reset.
        """
        if self._workspace is None:
            raise RuntimeError("call reset(workspace) first: there is no task yet")
        return self._workspace

    def due(self, view: RoundView) -> SubEdit | None:
        """Return the sub-edit that is due in the round of a view."""
        edits = self.workspace.task.sub_edits
        return edits[view.cycle] if view.cycle < len(edits) else None


class OracleInterpreter(_Oracle):
    """Recites the decomposition."""

    def interpret(self, view: RoundView) -> Intent | None:
        """Return the sub-edit that is due, with the subject as its region is labelled."""
        edit = self.due(view)
        return edit and Intent(edit.action, edit.subject, edit.goal)


class OracleGrounder(_Oracle):
    """Takes the region that overlaps most with the subject's mask."""

    def ground(self, view: RoundView) -> int:
        """Return the slot."""
        edit = self.due(view)
        return 0 if edit is None else slot_of(view, edit)


class OracleSelector(_Oracle):
    """Tries every rival on the workspace, takes them back, and names the best."""

    def select(self, view: RoundView) -> str | None:
        """Return the tool that comes nearest to the sub-edit's picture."""
        edit = self.due(view)
        if edit is None:
            return None
        calls = candidates(self.workspace, view, edit)
        stage = self.workspace.task.stages[view.cycle]
        best = min(calls, key=lambda call: self._fault(call, edit, stage), default=None)
        return best and best.tool

    def _fault(self, call: ToolCall, edit: SubEdit, stage: object) -> tuple[bool, float]:
        """Whether a call leaves the sub-edit undone, and how far from its picture it ends."""
        snapshot = self.workspace.snapshot()
        self.workspace.apply(call)
        canvas, done = self.workspace.canvas, self.workspace.state.verdict.done
        self.workspace.restore(snapshot)
        hard = None if edit.mask is None else (edit.mask > 0).astype("uint8")
        undone = not done[self.workspace.task.sub_edits.index(edit)]
        return undone, mean_error(canvas, stage, hard)  # type: ignore[arg-type]


class OracleEditor(_Oracle):
    """Takes the option that the sub-edit names."""

    def edit(self, view: RoundView) -> int:
        """Return the option's index; the first one where the tool has no such option."""
        edit = self.due(view)
        if edit is None or view.tool is None:
            return 0
        options = view.tools[view.tool].options
        return options.index(edit.goal) if edit.goal in options else 0


class OracleCritic(_Oracle):
    """Hands in solved work, or what there is when every sub-edit had its round."""

    def judge(self, view: RoundView) -> Verdict:
        """Return ``"submit"`` when the work is solved or no sub-edit was due in this round."""
        nothing_due = self.due(view) is None
        solved = self.workspace.state.verdict.success
        return "submit" if nothing_due or solved else "accept"


def candidates(workspace: Workspace, view: RoundView, edit: SubEdit) -> list[ToolCall]:
    """All valid calls that do a sub-edit's action, towards its goal, on its subject."""
    slot = slot_of(view, edit)
    calls = [
        ToolCall(tool.name, slot, option)
        for tool in view.tools.values()
        if tool.action == edit.action
        for option, name in enumerate(tool.options)
        if edit.goal in ("", name)
    ]
    return [call for call in calls if workspace.why_invalid(call) is None]


def slot_of(view: RoundView, edit: SubEdit) -> int:
    """The region slot that fits a sub-edit's subject best."""

    def fit(slot: int) -> float:
        region = view.regions[slot]
        if region is None:
            return -1.0
        if edit.subject_mask is None:
            return float(region.label == edit.subject)
        return overlap(region.mask, edit.subject_mask)

    return max(range(len(view.regions)), key=fit)


def oracle_team() -> Team:
    """Build a team of oracles."""
    return Team(
        OracleInterpreter(), OracleGrounder(), OracleSelector(), OracleEditor(), OracleCritic()
    )
