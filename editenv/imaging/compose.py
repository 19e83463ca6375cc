"""Put objects into a picture: resize with alpha, contact shadow, paste, lift out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.imaging.regions import blend, bounds
from editenv.types import Box, Image, Mask

__all__ = [
    "blend",
    "carve",
    "lay",
    "lift",
    "resize_rgba",
    "shade",
    "spread",
    "stand",
]

RGBA = NDArray[Any]
"""An object with alpha, shape (h, w, 4), dtype uint8, colours not multiplied by alpha."""

_DARKNESS = 0.42
_SHARES = np.arange(256, dtype=np.float32) / np.float32(255)


def resize_rgba(rgba: RGBA, width: int, height: int) -> RGBA:
    """Resize an object with alpha; its transparent pixels don't tint its rim.

    Args:
        rgba: (h, w, 4) uint8.
        width: new width in pixels, at least 1.
        height: new height in pixels, at least 1.

    Returns:
        A new (height, width, 4) uint8 array.

    Raises:
        ValueError: when a side is below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"width and height are {width} and {height}; accepted: at least 1")
    smaller = width * height < rgba.shape[0] * rgba.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    share = cv2.LUT(np.ascontiguousarray(rgba[..., 3]), _SHARES)
    stack = _times(rgba.astype(np.float32), share)
    stack = cv2.resize(stack, (width, height), interpolation=method)
    stack = _times(stack, 255.0 / np.maximum(stack[..., 3], 0.5))
    stack += 0.5
    return np.minimum(stack, 255, out=stack).astype(np.uint8)


def _times(stack: NDArray[Any], factor: NDArray[Any]) -> NDArray[Any]:
    """Multiply the three colours, but not alpha, by an (h, w) factor."""
    # NumPy would walk through such a broadcast three values at a time.
    return cv2.multiply(stack, cv2.merge([factor, factor, factor, np.ones_like(factor)]))


def stand(canvas: Image, rgba: RGBA, box: Box) -> Mask:
    """Put an object with its shadow into a picture, in place.

    Args:
        canvas: (H, W, 3) uint8, written to.
        rgba: (h, w, 4) uint8.
        box: where it stands; its right and bottom only matter for the shadow.

    Returns:
        The object's (H, W) uint8 mask.
    """
    shade(canvas, box)
    coverage = np.ascontiguousarray(rgba[..., 3])
    lay(canvas, np.ascontiguousarray(rgba[..., :3]), coverage, box[0], box[1])
    return spread(coverage, box[0], box[1], *canvas.shape[:2])


def lay(canvas: Image, colour: Image, coverage: Mask, left: int, top: int) -> None:
    """Paint an object onto a picture in place; what lies outside the picture is cut off.

    Args:
        canvas: (H, W, 3) uint8, written to.
        colour: (h, w, 3) uint8.
        coverage: (h, w) uint8.
        left: column of the object's left edge, may be negative.
        top: row of the object's top edge, may be negative.
    """
    there, here = _windows(coverage, left, top, *canvas.shape[:2])
    ground = canvas[there]
    if ground.size:
        ground[:] = blend(ground, colour[here], coverage[here])


def spread(coverage: Mask, left: int, top: int, height: int, width: int) -> Mask:
    """Return an object's (height, width) uint8 mask in a picture, as ``lay`` would paint it."""
    there, here = _windows(coverage, left, top, height, width)
    mask = np.zeros((height, width), np.uint8)
    mask[there] = coverage[here]
    return mask


def carve(mask: Mask, coverage: Mask, left: int, top: int) -> None:
    """Take what an object hides from an (H, W) uint8 mask, in place; arguments as for ``lay``."""
    there, here = _windows(coverage, left, top, *mask.shape)
    hidden = mask[there]
    if hidden.size:
        np.minimum(hidden, 255 - coverage[here], out=hidden)


Window = tuple[slice, slice]
_ALL: Window = (slice(None), slice(None))


def _windows(coverage: Mask, left: int, top: int, height: int, width: int) -> tuple[Window, Window]:
    """Return which part of a picture an object takes, and which part of the object is inside."""
    rows, columns = coverage.shape
    right, bottom = left + columns, top + rows
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return (slice(top, bottom), slice(left, right)), _ALL
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = max(x0, min(width, right)), max(y0, min(height, bottom))
    here = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    return (slice(y0, y1), slice(x0, x1)), here


def lift(image: Image, backdrop: Image, mask: Mask) -> tuple[RGBA, Box]:
    """Cut an object out of a picture, with its rim freed of the background's colour.

    Args:
        image: (H, W, 3) uint8 with the object.
        backdrop: (H, W, 3) uint8, the same picture without it (an estimate will do).
        mask: (H, W) uint8 soft mask of the object.

    Returns:
        The object as (h, w, 4) uint8 and its box in the picture. An empty mask gives a
        (0, 0, 4) array.
    """
    box = bounds(mask)
    left, top, right, bottom = box
    alpha = mask[top:bottom, left:right]
    rgba = np.empty((*alpha.shape, 4), np.uint8)
    rgba[..., 3] = alpha
    seen = image[top:bottom, left:right].astype(np.float32)
    behind = backdrop[top:bottom, left:right].astype(np.float32)
    # seen = alpha * own + (1 - alpha) * behind; the floor keeps the noise of thin rims down.
    share = np.maximum(alpha, 64).astype(np.float32)[..., None] * np.float32(1 / 255)
    rgba[..., :3] = np.clip(behind + (seen - behind) / share + 0.5, 0, 255)
    return rgba, box


def _shadow_ellipse(box: Box) -> tuple[float, float, float, float]:
    """Return centre x, centre y, half width and half height of the shadow under a box."""
    left, top, right, bottom = box
    tall = bottom - top
    return (
        (left + right - 1) / 2,
        bottom - 1 - 0.01 * tall,
        0.46 * (right - left) + 0.5,
        0.055 * tall + 0.5,
    )


@lru_cache(maxsize=4096)
def _shadow_area(box: Box, height: int, width: int) -> Box:
    """Return the box that the shadow lies in; ``(0, 0, 0, 0)`` where there is none."""
    x, y, half_width, half_height = _shadow_ellipse(box)
    left, right = max(0, int(x - half_width)), min(width, int(x + half_width + 2))
    top, bottom = max(0, int(y - half_height)), min(height, int(y + half_height + 2))
    empty = right <= left or bottom <= top or box[2] <= box[0]
    return (0, 0, 0, 0) if empty or _fade(box, height) <= 0 else (left, top, right, bottom)


def _fade(box: Box, height: int) -> float:
    return min(1.0, max(0.0, (box[3] / height - 0.5) / 0.1))


@remembered(2**23)
def _ground_light(wide: int, tall: int, bottom: int, height: int) -> NDArray[Any]:
    """Return (h, wide + 3, 3) float32: the light that is left in the shadow's rows, read-only.

    The first column lies just left of the box, wherever in the picture that is.
    """
    box = (0, bottom - tall, wide, bottom)
    x, y, half_width, half_height = _shadow_ellipse(box)
    _, first, _, last = _shadow_area(box, height, wide)
    across = (np.arange(-1, wide + 2, dtype=np.float32) - x) / half_width
    along = (np.arange(first, last, dtype=np.float32) - y) / half_height
    strength = np.maximum(1.0 - across[None, :] ** 2 - along[:, None] ** 2, 0)
    steps = (strength * (_fade(box, height) * 255.0)).astype(np.uint8)
    keep = 1.0 - steps.astype(np.float32) * np.float32(_DARKNESS / 255)
    light = cv2.merge([keep, keep, keep])
    light.setflags(write=False)
    return light


def shade(canvas: Image, box: Box) -> None:
    """Darken the ground softly where an object in ``box`` stands, in place.

    What floats casts no contact shadow: it fades out for boxes whose bottom is above 0.6 of the
    picture's height, and is gone above half.

    Args:
        canvas: (H, W, 3) uint8, written to.
        box: ``(left, top, right, bottom)`` of the object.
    """
    height, width = canvas.shape[:2]
    left, top, right, bottom = _shadow_area(box, height, width)
    if right > left:
        ground = canvas[top:bottom, left:right]
        light = _ground_light(box[2] - box[0], box[3] - box[1], box[3], height)
        lit = ground * light[:, left - box[0] + 1 : right - box[0] + 1]
        lit += np.float32(0.5)
        ground[:] = lit
