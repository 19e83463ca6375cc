"""Filling the hole that an object leaves: three rivals."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.imaging.compose import shadow_mask
from editenv.imaging.regions import bounds, grown, square
from editenv.types import Image, Mask

MARGIN = 0.04
"""The hole is grown by this share of the object's height, for its soft rim."""

RIM = (5, 3)
ALONG = (3, 7)
GRAIN = (5, 5)
"""Pixels over which colours beside the hole are averaged, filled rows are smoothed, and below which
detail is grain."""

MOST_GRAIN = 24.0
"""Stronger detail, in grey levels, is an outline rather than grain."""

RING = 2
"""Width in pixels, at 64 pixels, of the ring around the hole that a filling is judged by."""


def hole_of(mask: Mask) -> Mask:
    """Return the 0/255 mask of what has to be filled when the masked object goes.

    That is the object, its soft rim, and the ground that its shadow darkens.
    """
    left, top, right, bottom = bounds(mask)
    _, seen = cv2.threshold(mask, 7, 255, cv2.THRESH_BINARY)
    if right == left:
        return seen
    reach = max(round(MARGIN * (bottom - top)), 1)
    hole = cv2.dilate(seen, square(2 * reach + 1))
    return cv2.bitwise_or(hole, shadow_mask(mask, (left, top, right, bottom)))


def _ring_of(hole: Mask) -> Mask:
    width = max(round(RING * min(hole.shape) / 64), 1)
    wider = cv2.dilate(hole, square(2 * width + 1))
    return wider & ~hole


def inpaint_mean(image: Image, mask: Mask) -> Image:
    """Fill with the mean colour of the surroundings: best on plain, noisy walls.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of what goes.

    Returns:
        A new (H, W, 3) uint8 array.
    """
    hole = hole_of(mask)
    ring = _ring_of(hole)
    filled = image.copy()
    if hole.any() and ring.any():
        colour = np.array(cv2.mean(image, ring)[:3])
        filled[hole > 0] = np.rint(colour).astype(np.uint8)
    return filled


def inpaint_diffusion(image: Image, mask: Mask) -> Image:
    """Continue the surroundings smoothly inwards (Telea, 2004): best on gradients such as sky.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of what goes.

    Returns:
        A new (H, W, 3) uint8 array.
    """
    hole = hole_of(mask)
    box = bounds(hole)
    filled = image.copy()
    if box[2] > box[0]:
        left, top, right, bottom = grown(box, 4, *hole.shape)
        area = filled[top:bottom, left:right]
        inner = hole[top:bottom, left:right]
        area[:] = _continued(area.tobytes(), inner.tobytes(), *inner.shape)
    return filled


@remembered(2**22)
def _continued(patch: bytes, hole: bytes, height: int, width: int) -> Image:
    """Fill the hole of one patch, read-only.

    Remembered by content: the rivals of one removal, a group of episodes with one task, and a move
    after an undo all fill the same hole.
    """
    pixels = np.frombuffer(patch, np.uint8).reshape(height, width, 3)
    inner = np.frombuffer(hole, np.uint8).reshape(height, width)
    filled = cv2.inpaint(pixels, inner, 3, cv2.INPAINT_TELEA)
    filled.setflags(write=False)
    return filled


def inpaint_texture(image: Image, mask: Mask) -> Image:
    """Carry each row on from both sides, with its grain: best on ground, walls and water.

    What lies at one height of a photograph is about equally far away, so that the ground to the
    left and to the right of a thing is the best guess at what it hides: colours are interpolated
    along the row, and the fine detail beside the hole is mirrored into it.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of what goes.

    Returns:
        A new (H, W, 3) uint8 array.
    """
    hole = hole_of(mask)
    box = bounds(hole)
    filled = image.copy()
    if box[2] > box[0]:
        left, top, right, bottom = grown(box, max(box[2] - box[0], 8), *hole.shape)
        top, bottom = max(box[1] - 4, 0), min(box[3] + 4, hole.shape[0])
        area = filled[top:bottom, left:right]
        area[:] = _carried_on(area, hole[top:bottom, left:right])
    return filled


def _carried_on(area: Image, hole: Mask) -> Image:
    """Fill the hole of an area row by row."""
    free = hole == 0
    ends = _row_ends(free)
    colours = area.astype(np.float32)
    weight = free.astype(np.float32)
    total = np.maximum(cv2.blur(weight, RIM), 1e-4)[..., None]
    rim = cv2.blur(colours * weight[..., None], RIM) / total
    rows = np.arange(len(area))[:, None]
    start, stop = rim[rows, ends.left], rim[rows, ends.right]
    smooth = start + (stop - start) * ends.share[..., None]
    smooth = cv2.blur(np.where(free[..., None], colours, smooth), ALONG)
    detail = colours - cv2.blur(colours, GRAIN)
    grain = np.clip(detail[rows, ends.mirrored], -MOST_GRAIN, MOST_GRAIN)
    made = np.clip(smooth + grain * free[rows, ends.mirrored][..., None] + 0.5, 0, 255)
    return np.where(free[..., None], area, made.astype(np.uint8))


class _RowEnds(NamedTuple):
    """For each pixel of a hole, (H, W) each: what lies beside the hole in its row.

    ``left`` and ``right``: columns of the nearest free pixels (the same where there is one side
    only); ``share``: how far from the left one; ``mirrored``: the pixel's mirror image in the
    nearer one.
    """

    left: NDArray[Any]
    right: NDArray[Any]
    share: NDArray[Any]
    mirrored: NDArray[Any]


def _row_ends(free: NDArray[np.bool_]) -> _RowEnds:
    width = free.shape[1]
    columns = np.arange(width, dtype=np.int32)
    left = np.maximum.accumulate(np.where(free, columns, -1), axis=1)
    right = np.minimum.accumulate(np.where(free, columns, width)[:, ::-1], axis=1)[:, ::-1]
    bounded_left = np.where(left < 0, np.where(right < width, right, columns), left)
    right = np.where(right >= width, bounded_left, right)
    left = bounded_left
    share = (columns - left) / np.maximum(right - left, 1)
    near = np.where(2 * columns < left + right, left, right)
    mirrored = np.clip(2 * near - columns, 0, width - 1)
    return _RowEnds(left, right, np.clip(share, 0.0, 1.0).astype(np.float32), mirrored)
