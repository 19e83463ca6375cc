"""Filling the hole that an object leaves: three rivals."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.imaging.compose import shadow_mask
from editenv.imaging.regions import bounds, grown, square, thrice
from editenv.imaging.strips import by_strips
from editenv.types import Image, Mask

MARGIN = 0.04
"""The hole is grown by this share of the object's height, for its soft rim."""

RIM = (5, 3)
ALONG = (3, 7)
GRAIN = (5, 5)
"""Pixels over which colours beside the hole are averaged, filled rows are smoothed, and below which
detail is grain."""

LOOKED = RIM[1] // 2 + ALONG[1] // 2
"""Rows above and below that a row is filled from."""

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
        inner = hole[top:bottom, left:right]
        area[:] = _carried_on(area.tobytes(), inner.tobytes(), *inner.shape)
    return filled


@remembered(2**22)
def _carried_on(patch: bytes, hole: bytes, height: int, width: int) -> Image:
    """Fill the hole of one patch row by row, read-only; remembered as ``_continued`` is."""
    area = np.frombuffer(patch, np.uint8).reshape(height, width, 3)
    filled = by_strips(_carried, LOOKED, area, np.frombuffer(hole, np.uint8).reshape(height, width))
    filled.setflags(write=False)
    return filled


def _carried(area: Image, hole: Mask) -> Image:
    """Fill the hole of some rows."""
    free = hole == 0
    place = _holes_of(free)
    colours = area.astype(np.float32)
    rim = _rim(colours, free)
    start, stop = rim.take(place.left, axis=0), rim.take(place.right, axis=0)
    carried = _with(colours, place.pixels, start + (stop - start) * place.share)
    smooth = _pixels(cv2.blur(carried, ALONG)).take(place.pixels, axis=0)
    grain = _grain(colours, free).take(place.mirrored, axis=0)
    return _with(area, place.pixels, np.clip(smooth + grain + 0.5, 0, 255))


def _rim(colours: NDArray[Any], free: NDArray[np.bool_]) -> NDArray[Any]:
    """Return for each pixel the mean of the free ones around it, (H * W, 3)."""
    total = np.maximum(cv2.blur(free.astype(np.float32), RIM), 1e-4)
    kept = cv2.blur(cv2.copyTo(colours, free.view(np.uint8)), RIM)
    return _pixels(kept / thrice(total))


def _grain(colours: NDArray[Any], free: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the fine detail of the free pixels, (H * W, 3); 0 where there is an outline."""
    detail = colours - cv2.blur(colours, GRAIN)
    red, green, blue = cv2.split(np.abs(detail))
    plain = cv2.max(cv2.max(red, green), blue) <= MOST_GRAIN
    return _pixels(cv2.copyTo(detail, (plain & free).view(np.uint8)))


def _pixels(picture: NDArray[Any]) -> NDArray[Any]:
    """View an (H, W, 3) array as (H * W, 3)."""
    return picture.reshape(-1, 3)


def _with(picture: NDArray[Any], pixels: NDArray[Any], colours: Any) -> NDArray[Any]:
    """Return a copy with some pixels replaced."""
    changed = picture.copy()
    _pixels(changed)[pixels] = colours
    return changed


class _Holes(NamedTuple):
    """For each pixel of a hole, what lies beside the hole in its row.

    All but ``share`` (N, 3) are (N,) and count pixels row by row. ``pixels``: the hole itself;
    ``left`` and ``right``: the nearest free pixels (the same where there is one side only);
    ``share``: how far from the left one; ``mirrored``: the pixel's mirror image in the nearer one.
    """

    pixels: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    share: NDArray[Any]
    mirrored: NDArray[Any]


def _holes_of(free: NDArray[np.bool_]) -> _Holes:
    width = free.shape[1]
    pixels = np.flatnonzero(~free)
    column = pixels % width
    start = pixels - column
    columns = np.arange(width, dtype=np.int32)
    before = np.maximum.accumulate(np.where(free, columns, -1), axis=1).take(pixels)
    after = np.where(free, columns, width)[:, ::-1]
    after = np.minimum.accumulate(after, axis=1)[:, ::-1].take(pixels)
    left = np.where(before >= 0, before, np.where(after < width, after, column))
    right = np.where(after < width, after, left)
    share = np.clip((column - left) / np.maximum(right - left, 1), 0.0, 1.0)
    near = np.where(2 * column < left + right, left, right)
    mirrored = np.clip(2 * near - column, 0, width - 1)
    shares = thrice(share.astype(np.float32)).reshape(-1, 3)
    return _Holes(pixels, start + left, start + right, shares, start + mirrored)
