"""Masks as small patches: what a noise model does to an outline costs only the object's box."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from editenv.imaging.regions import grown, square
from editenv.types import Box, Mask, Region

MARGIN = 4
"""Pixels around a box that its patch holds too: the soft rim, and room for the outline to move."""

KEPT_OVERLAP = 0.85
"""A shaken mask and the true one have at least this intersection over union."""


class Patch(NamedTuple):
    """A piece of a picture's mask; what lies outside of it is 0.

    Attributes:
        mask: (h, w) uint8.
        left: column of its first pixel in the picture.
        top: row of its first pixel.
        area: how many of its pixels are inside.
    """

    mask: Mask
    left: int
    top: int
    area: int

    @property
    def box(self) -> Box:
        """Bounds in the picture."""
        rows, columns = self.mask.shape
        return (self.left, self.top, self.left + columns, self.top + rows)


def patch_of(region: Region) -> Patch:
    """Cut a region's mask out of the picture, with a margin."""
    left, top, right, bottom = grown(region.box, MARGIN, *region.mask.shape)
    mask = region.mask[top:bottom, left:right]
    return Patch(mask, left, top, area(mask))


def to_region(patch: Mask, left: int, top: int, height: int, width: int) -> Region | None:
    """Return a region without a name, or None where nothing is inside.

    Args:
        patch: (h, w) uint8.
        left: column of the patch in the picture.
        top: row of the patch in the picture.
        height: of the picture.
        width: of the picture.
    """
    x, y, wide, tall = cv2.boundingRect(cut(patch))
    if not wide:
        return None
    rows, columns = patch.shape
    mask = np.zeros((height, width), np.uint8)
    mask[top : top + rows, left : left + columns] = patch
    x, y = x + left, y + top
    return Region("", mask, (x, y, x + wide, y + tall))


def cut(mask: Mask) -> Mask:
    """Return 255 where the mask is above 127, else 0."""
    return cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY)[1]


def area(mask: Mask) -> int:
    """Return how many pixels are inside."""
    return cv2.countNonZero(cut(mask))


def overlap(one: Mask, other: Mask) -> float:
    """Return the intersection over union of two (h, w) masks; 0 for two empty ones."""
    # The smaller value of two is above 127 where both are.
    shared, union = area(cv2.min(one, other)), area(cv2.max(one, other))
    return shared / union if union else 0.0


def thickened(mask: Mask, growth: float) -> Mask:
    """Let an outline grow or shrink by a part of a pixel; legs and horns a pixel wide stay.

    Args:
        mask: (h, w) uint8.
        growth: pixels, -1 to 1; negative shrinks.
    """
    share = min(abs(growth), 1.0)
    other = (cv2.dilate if growth > 0 else cv2.erode)(
        mask, square(3), borderType=cv2.BORDER_REPLICATE
    )
    return cv2.addWeighted(mask, 1.0 - share, other, share, 0.0)


def moved(mask: Mask, right: float, down: float) -> Mask:
    """Return the (h, w) mask moved by fractions of pixels; its border pixels are repeated."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(mask, matrix, mask.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def nudged(mask: Mask, right: float, down: float, growth: float) -> Mask:
    """Move an outline and make it thicker or thinner, all in pixels."""
    there = moved(mask, right, down) if right or down else mask
    return thickened(there, growth)


def shaken(mask: Mask, right: float, down: float, growth: float) -> Mask:
    """Nudge an outline as far as it stays close to the true one.

    Of an outline so thin or small that this much noise would lose it, less is moved.

    Args:
        mask: (h, w) uint8, with a margin.
        right: pixels.
        down: pixels.
        growth: pixels.

    Returns:
        A new (h, w) uint8 mask whose overlap with ``mask`` is at least ``KEPT_OVERLAP``.
    """
    for strength in (1.0, 0.4):
        result = nudged(mask, strength * right, strength * down, strength * growth)
        if overlap(result, mask) >= KEPT_OVERLAP:
            return result
    return mask.copy()
