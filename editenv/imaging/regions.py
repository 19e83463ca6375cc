"""The part of a picture that a soft mask touches: bounds, blending, statistics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.strips import by_strips
from editenv.types import Box, Image, Mask, mask_box

CRISP = (80, 176)
"""Mask values that become 0 and 255 where a rim is made narrower."""

FAINT = 8
"""Mask values below this change nothing that an eye can see, so they count as outside."""


def bounds(mask: Mask) -> Box:
    """Return the box ``(left, top, right, bottom)`` of all visible mask values.

    Args:
        mask: (H, W) uint8 soft mask.

    Returns:
        The tight box around ``mask >= FAINT``; ``(0, 0, 0, 0)`` when nothing is.
    """
    _, seen = cv2.threshold(mask, FAINT - 1, 255, cv2.THRESH_BINARY)
    left, top, width, height = cv2.boundingRect(seen)
    return (left, top, left + width, top + height)


def solid_bounds(mask: Mask) -> Box:
    """Return the box of what is more than half covered; of all that is visible where nothing is.

    Unlike ``bounds`` it hardly depends on how soft a mask's rim is.
    """
    box = mask_box(mask)
    return box if box[2] > box[0] else bounds(mask)


@cache
def square(side: int) -> Mask:
    """Return the (side, side) uint8 kernel of ones, read-only."""
    kernel = np.ones((side, side), np.uint8)
    kernel.setflags(write=False)
    return kernel


def is_whole(mask: Mask) -> bool:
    """Return whether the mask is the whole picture, 255 everywhere."""
    return mask[0, 0] == 255 and int(mask.min()) == 255


def grown(box: Box, margin: int, height: int, width: int) -> Box:
    """Return ``box`` grown by ``margin`` pixels on each side, cut at the picture's edges."""
    left, top, right, bottom = box
    return (
        max(0, left - margin),
        max(0, top - margin),
        min(width, right + margin),
        min(height, bottom + margin),
    )


def side(box: Box) -> float:
    """Return the side of the square with the box's area, in pixels."""
    left, top, right, bottom = box
    return float(((right - left) * (bottom - top)) ** 0.5)


def thrice(values: NDArray[Any]) -> NDArray[Any]:
    """Return an (H, W) array once for each channel, (H, W, 3).

    NumPy would walk through the broadcast of an (H, W, 1) array three values at a time.
    """
    return cv2.merge([values, values, values])


def blend(base: Image, edited: Image, mask: Mask) -> Image:
    """Lay ``edited`` over ``base`` through a soft mask.

    Args:
        base: (H, W, 3) uint8.
        edited: (H, W, 3) uint8.
        mask: (H, W) uint8, 0 keeps ``base``, 255 takes ``edited``.

    Returns:
        A new (H, W, 3) uint8 array.
    """

    def laid(part: Image, over: Image, through: Mask) -> Image:
        weight = through.astype(np.float32)
        return cv2.blendLinear(over, part, weight, 255.0 - weight)

    return by_strips(laid, 0, base, edited, mask)


@cache
def _crisp_table() -> Mask:
    low, high = CRISP
    steps = (np.arange(256, dtype=np.float32) - low) * (255.0 / (high - low))
    return np.clip(np.rint(steps), 0, 255).astype(np.uint8)


def crisp(mask: Mask) -> Mask:
    """Return a mask with a narrower rim: a faint fringe is left alone, a solid one is all inside.

    Outlines that somebody proposes are a little off, which shows in the fringe first.
    """
    return cv2.LUT(mask, _crisp_table())


def core(mask: Mask) -> Mask:
    """Return a 0/255 mask of the pixels that surely belong to the object.

    The soft rim is a mixture with the background, so statistics leave it out, unless there is
    nothing else.
    """
    _, inside = cv2.threshold(mask, 200, 255, cv2.THRESH_BINARY)
    if not cv2.countNonZero(inside):
        _, inside = cv2.threshold(mask, FAINT - 1, 255, cv2.THRESH_BINARY)
    return inside


def edit_inside(image: Image, mask: Mask, edit: Callable[[Image, Mask], Image]) -> Image:
    """Run ``edit`` on the mask's box only and blend its result in.

    Args:
        image: (H, W, 3) uint8, not written to.
        mask: (H, W) uint8 soft mask.
        edit: from an (h, w, 3) uint8 patch and its (h, w) mask to an (h, w, 3) uint8 patch.

    Returns:
        A new (H, W, 3) uint8 array; a plain copy when the mask is empty.
    """
    left, top, right, bottom = bounds(mask)
    result = image.copy()
    if right > left:
        patch = np.ascontiguousarray(image[top:bottom, left:right])
        inner = np.ascontiguousarray(mask[top:bottom, left:right])
        result[top:bottom, left:right] = blend(patch, edit(patch, inner), crisp(inner))
    return result
