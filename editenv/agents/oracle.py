"""Members that read the ground truth: for upper bounds, tests and ablations.

Each one is right by itself, whatever the others decided before it.
"""

from __future__ import annotations

from editenv.agents.roles import Intent, Sight, Verdict
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

    def due(self, sight: Sight) -> SubEdit | None:
        """Return the sub-edit that is due in the round of a sight."""
        edits = self.workspace.task.sub_edits
        return edits[sight.cycle] if sight.cycle < len(edits) else None


class OracleInterpreter(_Oracle):
    """Recites the decomposition."""

    def interpret(self, sight: Sight) -> Intent | None:
        """Return the sub-edit that is due, with the subject as its region is labelled."""
        edit = self.due(sight)
        return edit and Intent(edit.action, edit.subject, edit.goal)


class OracleGrounder(_Oracle):
    """Takes the region that overlaps most with the subject's mask."""

    def ground(self, sight: Sight) -> int:
        """Return the slot."""
        edit = self.due(sight)
        return 0 if edit is None else slot_of(sight, edit)


class OracleSelector(_Oracle):
    """Tries every rival on the workspace, takes them back, and names the best."""

    def select(self, sight: Sight) -> str | None:
        """Return the tool that comes nearest to the sub-edit's picture."""
        edit = self.due(sight)
        if edit is None:
            return None
        calls = candidates(self.workspace, sight, edit)
        stage = self.workspace.task.stages[sight.cycle]
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

    def edit(self, sight: Sight) -> int:
        """Return the option's index; the first one where the tool has no such option."""
        edit = self.due(sight)
        if edit is None or sight.tool is None:
            return 0
        options = sight.tools[sight.tool].options
        return options.index(edit.goal) if edit.goal in options else 0


class OracleCritic(_Oracle):
    """Hands in solved work, or what there is when every sub-edit had its round."""

    def judge(self, sight: Sight) -> Verdict:
        """Return ``"submit"`` when the work is solved or no sub-edit was due in this round."""
        nothing_due = self.due(sight) is None
        solved = self.workspace.state.verdict.success
        return "submit" if nothing_due or solved else "accept"


def candidates(workspace: Workspace, sight: Sight, edit: SubEdit) -> list[ToolCall]:
    """All valid calls that do a sub-edit's action, towards its goal, on its subject."""
    slot = slot_of(sight, edit)
    calls = [
        ToolCall(tool.name, slot, option)
        for tool in sight.tools.values()
        if tool.action == edit.action
        for option, name in enumerate(tool.options)
        if edit.goal in ("", name)
    ]
    return [call for call in calls if workspace.why_invalid(call) is None]


def slot_of(sight: Sight, edit: SubEdit) -> int:
    """The region slot that fits a sub-edit's subject best."""

    def fit(slot: int) -> float:
        region = sight.regions[slot]
        if region is None:
            return -1.0
        if edit.subject_mask is None:
            return float(region.label == edit.subject)
        return overlap(region.mask, edit.subject_mask)

    return max(range(len(sight.regions)), key=fit)


def oracle_team() -> Team:
    """Build a team of oracles."""
    return Team(
        OracleInterpreter(), OracleGrounder(), OracleSelector(), OracleEditor(), OracleCritic()
    )
