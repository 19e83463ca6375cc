"""Proposals that are no object: parts, pairs, and pieces of background.

Their outlines are as irregular as those of objects: what cuts a part off, and what a piece of
background looks like in outline, is borrowed from the silhouettes in the same picture. They go
through the same noise as objects afterwards, so that they are as soft.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

import cv2
import numpy as np

from editenv.grounders.draws import Draws
from editenv.grounders.patches import Patch, area
from editenv.types import Box, Mask

LEAST_AREA = 40
"""Pixels: a part of anything smaller is but a few pixels."""

PART = (0.3, 0.65)
"""Smallest and largest share of an object that is a part of it."""

_TRIES = 4
_BLOB = (0.1, 0.32)
"""Sides of a blob, as shares of the picture's, where no silhouette can be borrowed."""


Placed = tuple[Mask, int, int]
"""(h, w) uint8, and the column and the row of its first pixel in the picture."""


def part_of(patch: Patch, outlines: Sequence[Mask], draws: Draws) -> Placed:
    """Cut a piece of an object off along a borrowed silhouette.

    Args:
        patch: the object.
        outlines: silhouettes to borrow from, at least one.
        draws: source of randomness.
    """
    rows, columns = patch.mask.shape
    for _ in range(_TRIES - 1):
        turn = radians(draws(0, 360))
        reach = draws(0.3, 0.6)
        centre = (
            columns * (0.5 + reach * cos(turn)),
            rows * (0.5 + reach * sin(turn)),
        )
        cutter = _borrowed(outlines, draws, (columns, rows), centre, (columns, rows))
        piece = cv2.min(patch.mask, cutter)
        if PART[0] * patch.area <= area(piece) <= PART[1] * patch.area:
            return piece, patch.left, patch.top
    return _side_of(patch.mask, draws), patch.left, patch.top


def _side_of(mask: Mask, draws: Draws) -> Mask:
    """Return a half or a third of a mask, from any of the four sides."""
    piece = mask.copy()
    view = piece if draws() < 0.5 else piece.T
    kept = round(len(view) * draws(0.34, 0.5))
    if draws() < 0.5:
        view[kept:] = 0
    else:
        view[: len(view) - kept] = 0
    return piece


def pair_of(first: Patch, second: Patch) -> Placed:
    """Return one outline around two objects, joined where nothing is between them."""
    box = joint_box(first.box, second.box)
    left, top, right, bottom = box
    mask = np.zeros((bottom - top, right - left), np.uint8)
    centres: list[tuple[int, int]] = []
    for part, x, y, _ in (first, second):
        rows, columns = part.shape
        view = mask[y - top : y - top + rows, x - left : x - left + columns]
        np.maximum(view, part, out=view)
        centres.append((x - left + columns // 2, y - top + rows // 2))
    width = max(2, round(0.3 * min(*first.mask.shape, *second.mask.shape)))
    cv2.line(mask, centres[0], centres[1], (255,), width)
    return mask, left, top


def joint_box(one: Box, other: Box) -> Box:
    """Return the box around two boxes."""
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def piece_of_background(
    taken: Mask, boxes: Sequence[Box], outlines: Sequence[Mask], draws: Draws
) -> Placed | None:
    """Return a blob of background, as large as an object and at a place where one could be.

    Args:
        taken: (H, W) uint8, what the objects cover.
        boxes: of the objects, for sizes and places; may be empty.
        outlines: silhouettes to borrow from; may be empty.
        draws: source of randomness.

    Returns:
        The blob, or None where no room was found.
    """
    height, width = taken.shape
    for _ in range(_TRIES):
        wide, tall = _size(boxes, draws, height, width)
        left = draws.below(max(1, width - wide + 1))
        top = _row(boxes, draws, height, tall)
        room = taken[top : top + tall, left : left + wide]
        tall, wide = room.shape
        blob = _blob(outlines, draws, wide, tall)
        seen = area(blob)
        # As if the blob were behind what stands before it.
        blob = cv2.subtract(blob, room)
        if area(blob) >= max(0.65 * seen, LEAST_AREA / 2):
            return blob, left, top
    return None


def _size(boxes: Sequence[Box], draws: Draws, height: int, width: int) -> tuple[int, int]:
    if not boxes:
        wide, tall = draws(*_BLOB) * width, draws(*_BLOB) * height
    else:
        left, top, right, bottom = boxes[draws.below(len(boxes))]
        wide, tall = (right - left) * draws(0.7, 1.3), (bottom - top) * draws(0.7, 1.3)
    return min(max(6, round(wide) + 8), width), min(max(6, round(tall) + 8), height)


def _row(boxes: Sequence[Box], draws: Draws, height: int, tall: int) -> int:
    """Return the top row: as often beside an object as anywhere."""
    last = height - tall
    if boxes and draws() < 0.6:
        bottom = boxes[draws.below(len(boxes))][3] + draws(-0.08, 0.08) * height
        return min(max(0, round(bottom) + 4 - tall), last)
    return draws.below(last + 1)


def _blob(outlines: Sequence[Mask], draws: Draws, wide: int, tall: int) -> Mask:
    size = wide - 8, tall - 8
    if outlines:
        return _borrowed(outlines, draws, size, (wide / 2, tall / 2), (wide, tall))
    lumps = np.array([[draws(60, 255) for _ in range(4)] for _ in range(4)], np.float32)
    lumps = cv2.resize(lumps, (wide, tall), interpolation=cv2.INTER_CUBIC)
    inside = np.zeros((tall, wide), np.float32)
    cv2.ellipse(inside, (wide // 2, tall // 2), (max(1, size[0] // 2), max(1, size[1] // 2)),
                0, 0, 360, 1.0, -1)  # fmt: skip
    return np.where(lumps * inside > 110, 255, 0).astype(np.uint8)


def _borrowed(
    outlines: Sequence[Mask],
    draws: Draws,
    size: tuple[float, float],
    centre: tuple[float, float],
    canvas: tuple[int, int],
) -> Mask:
    """Return a silhouette, turned a little, sheared and perhaps mirrored, about ``centre``.

    Args:
        outlines: to choose from.
        draws: source of randomness.
        size: width and height that it is stretched to.
        centre: x and y in the result.
        canvas: width and height of the result.
    """
    outline = outlines[draws.below(len(outlines))]
    rows, columns = outline.shape
    across = draws.sign() * size[0] / columns
    down = size[1] / rows
    turn, lean = radians(draws(-25, 25)), draws(-0.2, 0.2)
    c, s = cos(turn), sin(turn)
    a, b = across * c, down * (lean * c - s)
    d, e = across * s, down * (lean * s + c)
    x, y = columns / 2, rows / 2
    matrix = np.array(
        [[a, b, centre[0] - a * x - b * y], [d, e, centre[1] - d * x - e * y]], np.float32
    )
    return cv2.warpAffine(outline, matrix, canvas)
