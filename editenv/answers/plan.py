"""The reference that an answer is compared with: a task's sub-edits, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from editenv.agents.oracle import candidates, slot_of
from editenv.agents.roles import Intent
from editenv.agents.scripted import PREFERRED
from editenv.agents.team import RoundView, look
from editenv.answers.execute import find_goal, options_of
from editenv.answers.format import write_answer
from editenv.answers.subjects import describe_subject, find_subject
from editenv.answers.words import Impossible, NameFinder, exact
from editenv.imaging.metrics import overlap
from editenv.tools import Tool
from editenv.types import EditTask, Image, Region, SubEdit
from editenv.workspace import REGION_AGREES, Workspace

SPARE_SLOTS = 16
"""Room for objects that edits add."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One sub-edit of a task and the picture in which it is read.

    Attributes:
        edit: the sub-edit in words, with a subject that means one region only.
        slot: the subject's region; None where the task's regions do not show it.
        regions: by slot, as they are before the sub-edit.
        canvas: (H, W, 3) uint8, the picture before the sub-edit.
        options: of the tools that do the action; empty where none does.
    """

    edit: Intent
    slot: int | None
    regions: tuple[Region | None, ...]
    canvas: Image
    options: tuple[str, ...]

    def same_action(self, edit: Intent) -> bool:
        """Whether an edit does the same."""
        return exact(edit.action, [self.edit.action]) is not None

    def same_subject(self, edit: Intent, names: NameFinder) -> bool:
        """Whether an edit is about the same thing, however it is called."""
        if self.slot is None:
            return names.find(edit.subject, [self.edit.subject]) is not None
        try:
            return find_subject(edit.subject, self.regions, self.canvas, names) == self.slot
        except Impossible:
            return False

    def same_goal(self, edit: Intent, names: NameFinder) -> bool:
        """Whether an edit wants the same."""
        wanted = find_goal(self.edit.goal, self.options, names)
        if wanted is None:
            return edit.goal == self.edit.goal or (
                bool(self.edit.goal) and names.find(edit.goal, [self.edit.goal]) is not None
            )
        return find_goal(edit.goal, self.options, names) == wanted


def plan_of(task: EditTask, tools: Sequence[Tool], names: NameFinder) -> tuple[Stage, ...]:
    """Say a task's sub-edits in words, each read in the picture that those before it leave.

    Args:
        task: its own regions are read, not a grounder's.
        tools: carry out the sub-edits, to see where things are afterwards.
        names: finds labels by their synonyms.
    """
    whole = Region.whole(*task.source.shape[:2])
    workspace = Workspace(task, tools, (whole, *task.regions, *[None] * SPARE_SLOTS))
    stages: list[Stage] = []
    for edit in task.sub_edits:
        view = look(workspace)
        stages.append(_stage(edit, view, names))
        calls = candidates(workspace, view, edit)
        preferred = (call for call in calls if call.tool in PREFERRED)
        call = next(preferred, calls[0] if calls else None)
        if call is not None:
            workspace.apply(call)
    return tuple(stages)


def _stage(edit: SubEdit, view: RoundView, names: NameFinder) -> Stage:
    slot = _subject_slot(edit, view)
    subject = edit.subject
    if slot is not None:
        subject = describe_subject(slot, view.regions, view.canvas, names)
    options = options_of(edit.action, view.tools.values())
    said = Intent(edit.action, subject, edit.goal)
    return Stage(said, slot, view.regions, view.canvas, options)


def _subject_slot(edit: SubEdit, view: RoundView) -> int | None:
    slot = slot_of(view, edit)
    region = view.regions[slot]
    if region is None:
        return None
    if edit.subject_mask is None:
        return slot if region.label == edit.subject else None
    return slot if overlap(region.mask, edit.subject_mask) >= REGION_AGREES else None


def reference_answer(task: EditTask, tools: Sequence[Tool], names: NameFinder) -> str:
    """Write the answer that a task's own sub-edits give: an upper bound, and data to imitate.

    Raises:
        ValueError: the format cannot hold the sub-edits.
    """
    return write_answer(stage.edit for stage in plan_of(task, tools, names))
