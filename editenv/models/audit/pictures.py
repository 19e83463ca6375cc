"""Pictures that no tool call leads to: damage, noise, and edits half done or overdone."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging.colour import adjust_contrast, adjust_saturation
from editenv.imaging.metrics import mean_error
from editenv.judges.reference import edited_pixels
from editenv.models.audit.plan import hard
from editenv.tasks.build import LEAST_CHANGE
from editenv.tools import find_operation
from editenv.types import EditTask, Image, Mask

DAMAGE_SIDE = 0.35
"""Side of the damaged square, as a share of the picture's: an eighth of the pixels."""

LEAST_DAMAGE = 0.05
"""Share of the picture's pixels that damage must cover, or there is no room for it."""

TOO_FAR = 2.5
"""How far an exaggerated edit goes, as a multiple of the edit."""


def is_seen(first: Image, second: Image, mask: Mask | None = None) -> bool:
    """Whether a difference is plain to see: ``LEAST_CHANGE`` on average inside a hard mask."""
    return mean_error(first, second, mask) >= LEAST_CHANGE


def unlike_target(picture: Image, task: EditTask) -> bool:
    """Whether some sub-edit plainly looks otherwise than in the target."""
    assert task.target is not None
    return any(is_seen(picture, task.target, hard(edit.mask)) for edit in task.sub_edits)


def stays(task: EditTask, count: int) -> bool:
    """Whether the first ``count`` sub-edits still show in the target: none was undone later."""
    target = task.target
    assert target is not None
    return all(is_seen(task.source, target, hard(edit.mask)) for edit in task.sub_edits[:count])


def blend(first: Image, second: Image, share: float) -> Image:
    """Mix ``share`` of the second picture into the first."""
    return cv2.addWeighted(first, 1.0 - share, second, share, 0.0)


def noise(task: EditTask, rng: np.random.Generator) -> Image:
    """Uniform noise, (H, W, 3) uint8."""
    return rng.integers(0, 256, task.source.shape, np.uint8)


def damaged(task: EditTask, rng: np.random.Generator) -> Image | None:
    """The target with a flat square where nothing was to change; anywhere under a photo edit.

    Returns:
        A picture, or None where the sub-edits leave no room for damage outside their masks.
    """
    assert task.target is not None
    inside = edited_pixels(task)
    allowed = inside if inside.all() else 1 - inside
    height, width = inside.shape
    high, wide = round(height * DAMAGE_SIDE), round(width * DAMAGE_SIDE)
    # Room at every place of the square's upper left corner, from the integral of what is allowed.
    table = np.zeros((height + 1, width + 1), np.int64)
    table[1:, 1:] = allowed.cumsum(0).cumsum(1)
    room = table[high:, wide:] - table[:-high, wide:] - table[high:, :-wide] + table[:-high, :-wide]
    if room.max() < LEAST_DAMAGE * inside.size:
        return None
    places = np.argwhere(room == room.max())
    top, left = places[int(rng.integers(len(places)))]
    square = np.zeros_like(inside)
    square[top : top + high, left : left + wide] = 1
    square &= allowed
    picture = task.target.copy()
    bright = cv2.mean(picture, square)[:3]
    picture[square > 0] = 0 if sum(bright) > 382 else 255
    return picture


def moves_pixels(action: str) -> bool:
    """Whether half of an action is no edit but a ghost, since it puts other pixels there."""
    return find_operation(action).inexact or action in ("crop", "background")


def exaggerated(task: EditTask) -> Image:
    """An edit that went much too far.

    Edits that change pixels where they are go on in their direction; after one that puts other
    things there, the whole picture gets more contrast and colour than anyone asked for.
    """
    assert task.target is not None
    if not any(moves_pixels(edit.action) for edit in task.sub_edits):
        way = task.target.astype(np.float32) - task.source
        far = np.clip(task.source + TOO_FAR * way, 0, 255).astype(np.uint8)
        if is_seen(far, task.target, edited_pixels(task)):
            return far
    everywhere = np.full(task.source.shape[:2], 255, np.uint8)
    return adjust_saturation(adjust_contrast(task.target, everywhere, 3.0), everywhere, 3.0)
