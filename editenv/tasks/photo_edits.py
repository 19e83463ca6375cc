"""Edits of a whole photo, as steps with named tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from editenv.imaging.metrics import mean_error
from editenv.tasks.build import LEAST_CHANGE
from editenv.tasks.look import PixelEdit, run_pixel_edit
from editenv.tools import make_tool
from editenv.types import WHOLE_IMAGE, Image, Mask, SubEdit


def full_mask(image: Image) -> Mask:
    """(H, W) uint8 mask of the whole picture."""
    return np.full(image.shape[:2], 255, np.uint8)


def run_photo_edits(source: Image, edits: Sequence[PixelEdit]) -> tuple[Image, ...] | None:
    """Apply tools to a whole picture one after the other; None when one would not be seen."""
    stages: list[Image] = []
    before = source
    mask = full_mask(source)
    for edit in edits:
        after = run_pixel_edit(edit, before, mask)
        if mean_error(before, after) < LEAST_CHANGE:
            return None
        stages.append(after)
        before = after
    return tuple(stages)


def photo_sub_edit(edit: PixelEdit, like: Image, tolerance: float | None = None) -> SubEdit:
    """Describe one tool on the whole picture as a sub-edit."""
    mask = full_mask(like)
    return SubEdit(make_tool(edit[0]).action, WHOLE_IMAGE, edit[1], mask, mask, tolerance)


def photo_metadata(family: str, split: str, edits: Sequence[PixelEdit]) -> dict[str, Any]:
    """What all tasks on whole photos record."""
    return {"family": family, "split": split, "photo_edits": tuple(edits)}
