"""Crops as Camera Raw stores them: two corners in the picture before it is straightened.

Read in darktable's importer (``src/develop/lightroom.c``): shares of the unturned picture, turned
about its middle.
"""

from __future__ import annotations

import math

from editenv.develop.geometry import inner_share
from editenv.develop.sliders import Box, Sliders

DIGITS = 6
"""Of the shares that are read, so that a whole picture is the whole picture."""


def to_corners(sliders: Sliders, width: int, height: int) -> Box:
    """Return the top left and the bottom right corner, as shares of the source picture.

    Args:
        sliders: ``rotate``, ``straighten`` and ``crop``.
        width: of the source picture, in pixels.
        height: of the source picture, in pixels.
    """
    left, top, right, bottom = turned_box(sliders.crop, -sliders.rotate)
    share = inner_share(width, height, sliders.straighten)
    corners: list[float] = []
    for across, down in ((left, top), (right, bottom)):
        x, y = (across - 0.5) * share * width, (down - 0.5) * share * height
        x, y = _turned(x, y, -sliders.straighten)
        corners += [x / width + 0.5, y / height + 0.5]
    return corners[0], corners[1], corners[2], corners[3]


def from_corners(corners: Box, straighten: float, rotate: int, width: float, height: float) -> Box:
    """Undo ``to_corners``.

    Args:
        corners: as they are stored.
        straighten: in degrees clockwise.
        rotate: quarter turns clockwise.
        width: of the source picture, or 1 with a height of 1 where only the shape is known.
        height: of the source picture.

    Returns:
        left, top, right, bottom as shares of the straightened picture. They leave [0, 1] where the
        stored crop reaches beyond the largest one of the picture's shape.
    """
    share = inner_share(width, height, straighten)
    shares: list[float] = []
    for across, down in (corners[:2], corners[2:]):
        x, y = _turned((across - 0.5) * width, (down - 0.5) * height, straighten)
        shares += [x / width / share + 0.5, y / height / share + 0.5]
    box = turned_box((shares[0], shares[1], shares[2], shares[3]), rotate)
    left, top, right, bottom = (round(value, DIGITS) + 0.0 for value in box)
    return left, top, right, bottom


def turned_box(box: Box, quarters: int) -> Box:
    """Return where a box is after quarter turns of the picture, clockwise.

    >>> turned_box((0.0, 0.0, 0.5, 0.25), 1)
    (0.75, 0.0, 1.0, 0.5)
    """
    for _ in range(quarters % 4):
        left, top, right, bottom = box
        box = (1.0 - bottom, left, 1.0 - top, right)
    return box


def _turned(x: float, y: float, degrees: float) -> tuple[float, float]:
    """Turn a point clockwise about the origin; y points down."""
    angle = math.radians(degrees)
    across, down = math.cos(angle), math.sin(angle)
    return x * across - y * down, x * down + y * across
