"""From a scene and a list of steps to a task with stages, masks and a checklist."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np

from editenv.imaging.metrics import changed, mean_error
from editenv.imaging.regions import square
from editenv.success import keep_checklist
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


def build_task(
    scene: Scene,
    steps: Sequence[Step],
    instruction: str,
    metadata: dict[str, Any],
) -> EditTask | None:
    """Render every stage of the edit; None when a step would not be seen or comes for free.

    Args:
        scene: how it looks before.
        steps: what is to be done, in order.
        instruction: the user's words.
        metadata: kept with the task.
    """
    stages: list[Image] = []
    edits: list[SubEdit] = []
    before = scene
    for step in steps:
        after = apply_step(before, step)
        edit = sub_edit(step, before, after)
        if mean_error(before.image, after.image, edit.mask) < LEAST_CHANGE:
            return None
        stages.append(after.image)
        edits.append(edit)
        before = after
    task = EditTask(
        source=scene.image,
        instruction=instruction,
        sub_edits=tuple(edits),
        stages=tuple(stages),
        regions=scene.regions(),
        metadata=metadata,
    )
    return task if is_sound(task) else None


def is_sound(task: EditTask) -> bool:
    """Whether doing nothing fails and the tools, called as the task asks, succeed.

    Where the only edit is one that tools do as exactly as the task's own pictures were made, no
    tool needs to run. Tools are tried with masks as
    rough as proposals are.
    """
    checklist = keep_checklist(task)
    if checklist.start.success:
        return False
    if len(task.sub_edits) == 1 and task.sub_edits[0].action in EXACT:
        return True
    canvas = task.source
    for number, (edit, stage) in enumerate(zip(task.sub_edits, task.stages, strict=True)):
        canvas = _best_result(canvas, edit, stage)
        if not checklist.done_well(number, canvas, 1.0):
            return False
    return checklist.solved_well(canvas, SPARED)


def _best_result(canvas: Image, edit: SubEdit, stage: Image) -> Image:
    """What the rival tool that comes nearest to the stage makes of the canvas."""
    assert edit.subject_mask is not None
    mask = _thickened(edit.subject_mask)
    results = [
        edit_one(tool, canvas, mask, option).image
        for tool in tools_for(edit.action)
        for option, name in enumerate(tool.options)
        if edit.goal in ("", name)
    ]
    if len(results) == 1:
        return results[0]
    return min(results, key=lambda result: mean_error(result, stage, edit.mask))


def _thickened(mask: Mask) -> Mask:
    return cv2.addWeighted(mask, 1.0 - THICKENED, cv2.dilate(mask, square(3)), THICKENED, 0.0)


@cache
def tools_for(action: str) -> tuple[Tool, ...]:
    """All tools of the package that do an action.

    Tools that a user registers don't count: a seed must give the same task with and without them.
    """
    return tuple(tool for tool in map(make_tool, TOOL_PRESETS["all"]) if tool.action == action)
