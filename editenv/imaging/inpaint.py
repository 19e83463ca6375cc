"""Filling the hole that an object leaves: three rivals."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.caching import remembered
from editenv.imaging.regions import blend, bounds, grown, square
from editenv.types import Box, Image, Mask

MARGIN = 0.06
"""The hole is grown by this share of the object's height, for its soft rim."""

SHADOW = 0.09
"""The hole reaches this share of the object's height further down, for the contact shadow."""

RING = 2
"""Width in pixels, at 64 pixels, of the ring around the hole that a filling is judged by."""


def hole_of(mask: Mask) -> Mask:
    """Return the 0/255 mask of what has to be filled when the masked object goes."""
    left, top, right, bottom = bounds(mask)
    _, seen = cv2.threshold(mask, 7, 255, cv2.THRESH_BINARY)
    if right == left:
        return seen
    tall = bottom - top
    reach, down = max(round(MARGIN * tall), 1), max(round(SHADOW * tall), 1)
    hole = cv2.dilate(seen, square(2 * reach + 1))
    np.maximum(hole[down:], hole[:-down], out=hole[down:])
    return hole


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
    """Copy the best-fitting patch from nearby: best where a pattern repeats, such as brick.

    The patch whose surroundings differ least from those of the hole is taken (template matching
    on the ring), corrected for the mean difference and feathered in.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of what goes.

    Returns:
        A new (H, W, 3) uint8 array; smooth filling where no patch without the object fits.
    """
    hole = hole_of(mask)
    smooth = inpaint_diffusion(image, mask)
    if not hole.any():
        return smooth
    area = grown(bounds(hole), 3, *hole.shape)
    origin = _best_origin(image, hole, area)
    if origin is None:
        return smooth
    left, top, right, bottom = area
    x, y = origin
    source = image[y : y + bottom - top, x : x + right - left]
    patch = _matched(source, image[top:bottom, left:right], _ring_of(hole)[top:bottom, left:right])
    inner = cv2.GaussianBlur(hole[top:bottom, left:right], (3, 3), 0)
    filled = smooth.copy()
    filled[top:bottom, left:right] = blend(smooth[top:bottom, left:right], patch, inner)
    return filled


def _best_origin(image: Image, hole: Mask, area: Box) -> tuple[int, int] | None:
    """Where the most similar patch begins, as (x, y); None when all overlap the hole."""
    left, top, right, bottom = area
    template = np.ascontiguousarray(image[top:bottom, left:right])
    ring = np.ascontiguousarray(_ring_of(hole)[top:bottom, left:right])
    if not ring.any():
        return None
    weight = np.repeat(ring[..., None], 3, axis=2)
    error = cv2.matchTemplate(image, template, cv2.TM_SQDIFF, mask=weight)
    # Patches that hold part of the object itself are no surroundings.
    covered = cv2.boxFilter(
        (hole > 0).astype(np.float32),
        -1,
        (right - left, bottom - top),
        anchor=(0, 0),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )[: error.shape[0], : error.shape[1]]
    error[covered > 0.5] = np.inf
    error[~np.isfinite(error)] = np.inf
    best = int(np.argmin(error))
    if not np.isfinite(error.flat[best]):
        return None
    return best % error.shape[1], best // error.shape[1]


def _matched(source: Image, goal: Image, ring: Mask) -> Image:
    """Shift the source so that its mean on the ring is the goal's."""
    shift = np.array(cv2.mean(goal, ring)[:3]) - np.array(cv2.mean(source, ring)[:3])
    return np.clip(source + shift.astype(np.float32), 0, 255).astype(np.uint8)
