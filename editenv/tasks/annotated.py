"""Tasks of pictures that others made: what their annotation says, as stages and sub-edits."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from editenv.types import WHOLE_IMAGE, EditTask, Image, Mask, SubEdit

EDIT = "edit"
"""The action of an edit that nobody took apart."""

MASKED_AREA = "masked area"
"""The subject of an edit of which only a mask is known."""


def annotated_task(
    source: Image,
    instruction: str,
    *,
    target: Image | None = None,
    mask: Mask | None = None,
    edits: Sequence[SubEdit] = (),
    metadata: dict[str, Any] | None = None,
) -> EditTask:
    """Build a task from what is known of a picture.

    Without ``edits``, ``mask`` becomes the mask of one sub-edit ("edit", "masked area"). One target
    serves as the stage of every sub-edit, because what lies between is not known. A target alone
    gives one sub-edit ("edit", "whole image"). The task has no regions: its masks are where the
    answer shows, so what may be edited must be found in the picture.

    Args:
        source: (H, W, 3) uint8.
        instruction: the user's words.
        target: (H, W, 3) uint8, or None when unknown.
        mask: (H, W) uint8, where the edit shows, or None when unknown; of no use with ``edits``,
            which bring their own.
        edits: the decomposition, where one is known.
        metadata: kept with the task.
    """
    edits = tuple(edits)
    if not edits and mask is not None:
        edits = (SubEdit(EDIT, MASKED_AREA, mask=mask),)
    elif not edits and target is not None:
        edits = (SubEdit(EDIT, WHOLE_IMAGE),)
    return EditTask(
        source=source,
        instruction=instruction,
        sub_edits=edits,
        stages=() if target is None else (target,) * len(edits),
        metadata=metadata or {},
    )


def checked_size(image_size: Sequence[int]) -> tuple[int, int]:
    """Return ``(height, width)`` as two integers.

    Raises:
        ValueError: it is not two positive integers.
    """
    try:
        height, width = (operator.index(side) for side in image_size)
    except (TypeError, ValueError):
        height = width = 0
    if height < 1 or width < 1:
        raise ValueError(f"image_size={image_size!r}: accepted is (H, W), two positive integers")
    return height, width
