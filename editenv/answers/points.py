"""Subjects by place: two numbers, as vision-language models point at things.

A point is the distance from the left edge and from the top in percent of the picture's sides:
``"34 70"``, also ``"34, 70"`` or ``"(34, 70)"``. It means the smallest region that is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np

from editenv.answers.words import Impossible
from editenv.types import Region

HOW = "point at it: two numbers from 0 to 100, percent from the left and from the top"

_POINT = re.compile(r"\(?\s*(\d{1,3}(?:\.\d{1,4})?)\s*[,\s]\s*(\d{1,3}(?:\.\d{1,4})?)\s*\)?")

INSIDE = 127
"""A mask's value above which a pixel belongs to its region."""


def slot_at(words: str, regions: Sequence[Region | None]) -> int | None:
    """Return the slot of the smallest region at a point, or None where the words are no point.

    Args:
        words: such as ``"34 70"``.
        regions: by slot; slot 0, the whole image, cannot be pointed at.

    Raises:
        Impossible: a number above 100, or no region is there.
    """
    found = _POINT.fullmatch(words.strip())
    if found is None:
        return None
    across, down = (float(number) for number in found.groups())
    if max(across, down) > 100:
        raise Impossible(f"{words!r} lies outside the picture: {HOW}")
    there = [
        slot
        for slot, region in enumerate(regions)
        if slot and region is not None and _covers(region, across, down)
    ]
    if not there:
        raise Impossible(f"there is nothing at {words!r}")
    return min(there, key=lambda slot: _pixels(regions[slot]))


def point_of(region: Region) -> str:
    """Return the point of a region that lies deepest inside it, in whole percent."""
    inside = np.pad((region.mask > INSIDE).astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    height, width = region.mask.shape
    return f"{round(100 * (column + 0.5) / width)} {round(100 * (row + 0.5) / height)}"


def _covers(region: Region, across: float, down: float) -> bool:
    height, width = region.mask.shape
    row, column = (
        min(int(down * height / 100), height - 1),
        min(int(across * width / 100), width - 1),
    )
    return bool(region.mask[row, column] > INSIDE)


def _pixels(region: Region | None) -> int:
    return 0 if region is None else int(np.count_nonzero(region.mask > INSIDE))
