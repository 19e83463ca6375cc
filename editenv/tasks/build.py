"""From a scene, step by step, to a task with stages, masks and a checklist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from weakref import WeakValueDictionary

import cv2
import numpy as np

from editenv.changes import Change
from editenv.imaging.metrics import changed
from editenv.imaging.regions import square
from editenv.success import Checklist, keep_checklist
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO, SURROUNDINGS, Step, apply_step
from editenv.tools import TOOL_PRESETS, Tool, make_tool
from editenv.tools.run import edit_one
from editenv.types import BACKGROUND, WHOLE_IMAGE, EditTask, Image, Mask, SubEdit

LEAST_CHANGE = 0.035
"""Mean change inside its mask from which an edit is plain to see, as a share of full range."""

EXACT = frozenset({"recolour", "brightness", "saturation"})
"""Actions whose tools do to a picture what the task does to its layers, but for the soft rims."""

SPARED = 0.85
"""Tools must succeed with this share of each tolerance, for no proposal is as exact as the masks
that they are tried with."""

THICKENED = 0.15
"""The masks are tried thicker by so many pixels."""

TOUCHED = 12
"""Pixels that differ by more than this many grey levels belong to the edit's mask."""


def subject_mask(scene: Scene, key: int) -> Mask:
    """(H, W) uint8 mask of a step's subject in the scene before the step."""
    if key == PHOTO:
        return np.full(scene.photo.shape[:2], 255, np.uint8)
    if key == SURROUNDINGS:
        return scene.background_mask
    return scene.mask_of(key)


def subject_label(scene: Scene, key: int) -> str:
    """What the region of a step's subject is called."""
    if key == PHOTO:
        return WHOLE_IMAGE
    return BACKGROUND if key == SURROUNDINGS else scene.find(key).label


def edit_mask(before: Image, after: Image, subject: Mask) -> Mask:
    """(H, W) uint8: the subject and all that the edit visibly changes, with a small margin."""
    _, inside = cv2.threshold(subject, 127, 255, cv2.THRESH_BINARY)
    mask = cv2.bitwise_or(changed(before, after, TOUCHED), inside)
    reach = max(round(mask.shape[0] / 64), 1)
    return cv2.dilate(mask, square(2 * reach + 1))


def sub_edit(step: Step, scene: Scene, after: Scene) -> SubEdit:
    """Describe one step on a scene."""
    subject = subject_mask(scene, step.key)
    shown = subject if step.action != "add" else np.zeros_like(subject)
    if step.key == PHOTO and step.action != "add":
        mask = np.full_like(subject, 255)
    else:
        mask = edit_mask(scene.image, after.image, shown)
    return SubEdit(step.action, subject_label(scene, step.key), step.goal, mask, subject)


@dataclass(frozen=True, eq=False)
class Draft:
    """A task in the making: the steps that are chosen, and what tools make of them.

    Attributes:
        scene: how it looks after the steps.
        before: the draft before the last step; None where there is none yet.
        change: what the last step does to the picture; None where there is none yet.
    """

    scene: Scene
    before: Draft | None = None
    change: Change | None = None
    _tried: WeakValueDictionary[Step, Draft] = field(
        default_factory=WeakValueDictionary[Step, "Draft"], repr=False
    )
    _failed: set[Step] = field(default_factory=set[Step], repr=False)

    def after(self, step: Step) -> Draft | None:
        """Go on by a step; None where it would not be seen, or no tool does it well.

        What once failed in a scene is not tried again after other steps: it hardly ever works.
        """
        known = self._tried.get(step)
        if known is not None or step in self._failed:
            return known
        draft = self._try(step)
        if draft is None:
            self._failed.add(step)
        else:
            self._tried[step] = draft
        return draft

    def _try(self, step: Step) -> Draft | None:
        scene = apply_step(self.scene, step)
        edit = sub_edit(step, self.scene, scene)
        change = Change(edit, self.scene.image, scene.image)
        if change.size < LEAST_CHANGE:
            return None
        draft = Draft(scene, self, change, _failed=self._failed)
        return draft if draft._is_exact or draft.canvas is not None else None

    @property
    def _is_exact(self) -> bool:
        """Whether tools do to the picture what the task does to its layers."""
        assert self.before is not None and self.edit is not None
        return self.before.before is None and self.edit.action in EXACT

    @property
    def edit(self) -> SubEdit | None:
        """The last step; None where there is none yet."""
        return self.change and self.change.edit

    @cached_property
    def canvas(self) -> Image | None:
        """What tools made so far; None where none does the last step well."""
        if self.before is None or self.edit is None:
            return self.scene.image
        start = self.before.canvas
        if start is None:
            return None
        results = tool_results(start, self.edit)
        return next((made for made in results if self._step.done_well(made, SPARED)), None)

    @cached_property
    def _step(self) -> Checklist:
        """The checklist of the last step alone."""
        assert self.before is not None and self.change is not None
        before, after = self.before.scene.image, self.scene.image
        return Checklist(EditTask(before, "", (self.change.edit,), (after,)), [self.change])

    @cached_property
    def steps(self) -> tuple[Draft, ...]:
        """The drafts after each of the steps."""
        return () if self.before is None else (*self.before.steps, self)

    @property
    def start(self) -> Scene:
        """How it looked before."""
        return self.scene if self.before is None else self.before.start

    def task(
        self,
        instruction: str,
        metadata: dict[str, Any],
        finish: Sequence[PhotoStage] = (),
    ) -> EditTask | None:
        """Make the task; None when some is done beforehand, or tools cannot do all together.

        Args:
            instruction: the user's words.
            metadata: kept with the task.
            finish: edits of the whole photo that follow, each with the picture after it.
        """
        edits = (step.edit for step in self.steps)
        task = EditTask(
            source=self.start.image,
            instruction=instruction,
            sub_edits=(*filter(None, edits), *(edit for edit, _ in finish)),
            stages=(*(step.scene.image for step in self.steps), *(stage for _, stage in finish)),
            regions=self.start.regions(),
            metadata=metadata,
        )
        if len(task.sub_edits) == 1 and self._is_exact:
            return task
        return task if self._is_sound(task, [edit for edit, _ in finish]) else None

    def _is_sound(self, task: EditTask, finish: Sequence[SubEdit]) -> bool:
        """Whether the tools, called as the task asks, succeed, and none of it is done yet.

        What is added and later taken away is done before it begins: no user asks for that.
        """
        canvas = self.canvas
        if canvas is None:
            return False
        for edit in finish:
            canvas = next(tool_results(canvas, edit))
        if len(task.sub_edits) == 1:
            checklist = self._step
        else:
            checklist = Checklist(task, [step.change for step in self.steps if step.change])
        keep_checklist(task, checklist)
        return checklist.solved_well(canvas, SPARED) and not any(checklist.start.done)


PhotoStage = tuple[SubEdit, Image]


def tool_results(canvas: Image, edit: SubEdit) -> Iterator[Image]:
    """Yield what each tool that does an edit makes of a canvas.

    They get a mask as rough as proposals are.
    """
    assert edit.subject_mask is not None
    mask = _thickened(edit.subject_mask)
    for tool in tools_for(edit.action):
        for option, name in enumerate(tool.options):
            if edit.goal in ("", name):
                yield edit_one(tool, canvas, mask, option).image


def _thickened(mask: Mask) -> Mask:
    return cv2.addWeighted(mask, 1.0 - THICKENED, cv2.dilate(mask, square(3)), THICKENED, 0.0)


@cache
def tools_for(action: str) -> tuple[Tool, ...]:
    """All tools of the package that do an action.

    Tools that a user registers don't count: a seed must give the same task with and without them.
    """
    return tuple(tool for tool in map(make_tool, TOOL_PRESETS["all"]) if tool.action == action)
