"""The vocabulary shared by every layer: regions, tool calls, sub-edits and tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

# OpenCV's stubs know no dtypes, so the aliases name none either; all pictures are uint8.
Image = NDArray[Any]
"""An RGB picture, shape (H, W, 3), dtype uint8."""

Mask = NDArray[Any]
"""A soft mask, shape (H, W), dtype uint8: 0 is outside, 255 is fully inside."""

WHOLE_IMAGE = "whole image"
"""The label of region slot 0."""

BACKGROUND = "background"
"""The label of the region that holds everything which is no object."""

Box = tuple[int, int, int, int]
"""Pixel bounds ``(left, top, right, bottom)``; right and bottom are exclusive."""


def mask_box(mask: Mask, threshold: int = 127) -> Box:
    """Return the tight box around ``mask > threshold``; ``(0, 0, 0, 0)`` when nothing is."""
    # ``import editenv`` reaches this module and must stay light.
    import cv2

    _, inside = cv2.threshold(mask, threshold, 255, cv2.THRESH_BINARY)
    left, top, width, height = cv2.boundingRect(inside)
    return (left, top, left + width, top + height)


@dataclass(frozen=True, eq=False)
class Region:
    """One proposal of a grounder.

    Attributes:
        label: what the grounder thinks this is, such as ``"kite"``.
        mask: (H, W) uint8 soft mask.
        box: pixel bounds of the mask.
        score: the grounder's confidence, 0 to 1.
        backdrop: whether things stand in front of it, so that it shows where one of them goes.
    """

    label: str
    mask: Mask
    box: Box
    score: float = 1.0
    backdrop: bool = False

    @cached_property
    def extent(self) -> tuple[float, float, float, float, float]:
        """The box and the area of the mask inside it, as shares of the picture."""
        height, width = self.mask.shape
        left, top, right, bottom = self.box
        area = int(np.count_nonzero(self.mask[top:bottom, left:right]))
        shares = left / width, top / height, right / width, bottom / height
        return (*shares, area / (height * width))

    @classmethod
    def from_mask(cls, label: str, mask: Mask, score: float = 1.0) -> Region:
        """Build a region whose box is read off the mask."""
        return cls(label=label, mask=mask, box=mask_box(mask), score=score)

    @classmethod
    def whole(cls, height: int, width: int) -> Region:
        """Build the whole-image region, which is always slot 0."""
        mask = np.full((height, width), 255, np.uint8)
        return cls(label=WHOLE_IMAGE, mask=mask, box=(0, 0, width, height))


@dataclass(frozen=True)
class ToolCall:
    """What the team decides in one turn.

    Attributes:
        tool: by name.
        region: a slot.
        option: an index.
        words: the edit in words, for tools that take a prompt; ``""`` leaves them the user's own.
    """

    tool: str
    region: int = 0
    option: int = 0
    words: str = field(default="", compare=False)


@dataclass(frozen=True, eq=False)
class SubEdit:
    """One (action, subject, goal) tuple of the paper's decomposition.

    Attributes:
        action: what to do, the ``action`` of the tools that can do it (``"recolour"``).
        subject: what to do it to, as the label of a region (``"kite"``, ``"whole image"``).
        goal: the wanted option's name (``"teal"``); ``""`` where the action has only one outcome.
        mask: (H, W) uint8: where the edit shows; the rest must stay as it is. None when unknown.
        subject_mask: (H, W) uint8 mask of the subject just before this edit. None when unknown.
        tolerance: the largest mean error (0 to 1) inside ``mask`` that counts as done; None takes
            the default of the action (``editenv.tools.Operation``).
    """

    action: str
    subject: str
    goal: str = ""
    mask: Mask | None = None
    subject_mask: Mask | None = None
    tolerance: float | None = None


@dataclass(frozen=True, eq=False)
class EditTask:
    """A picture, what the user wants done to it and, where known, how that looks.

    Attributes:
        source: (H, W, 3) uint8, the user's picture.
        instruction: the user's words.
        sub_edits: the decomposition, in the order in which it must be done.
        stages: the picture after each sub-edit, ``len(sub_edits)`` images of the source's shape.
            The last one is the target. Empty when no ground truth is known.
        regions: what a perfect detector sees in the source (without the whole-image slot).
        metadata: data set, id, split and whatever else the source of the task knows.
    """

    source: Image
    instruction: str
    sub_edits: tuple[SubEdit, ...] = ()
    stages: tuple[Image, ...] = ()
    regions: tuple[Region, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def target(self) -> Image | None:
        """The finished picture, (H, W, 3) uint8, or None when unknown."""
        return self.stages[-1] if self.stages else None
