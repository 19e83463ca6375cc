"""Put objects into a picture: resize with alpha, contact shadow, paste, lift out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.filters import wide_blur
from editenv.imaging.regions import blend, bounds, thrice
from editenv.types import Box, Image, Mask

__all__ = [
    "Shadow",
    "blend",
    "carve",
    "lay",
    "lift",
    "resize_rgba",
    "shade",
    "shadow_mask",
    "shadow_of",
    "spread",
    "stand",
]

RGBA = NDArray[Any]
"""An object with alpha, shape (h, w, 4), dtype uint8, colours not multiplied by alpha."""

_FLAT = 0.16
_CONTACT = 0.07
_BEHIND = 0.62
_SPREAD = 0.035
_SOFT = 0.5
_HARD = 0.8
_SEEN = 0.05
"""Of a shadow: depth on the ground, height of what touches it and width of its soft rim as shares
of the object; the share of its depth that lies behind the object; darkness of the silhouette and of
the contact; the darkening from which it is seen."""
_LEVELS = np.arange(256, dtype=np.float32)
_SHARES = _LEVELS / np.float32(255)
_SILHOUETTE = _LEVELS * np.float32(_SOFT / 255)
_FEET = _LEVELS * np.float32(_HARD / 255)
"""By value of a mask: its share of full coverage, and how dark its shadow is."""


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
    share = cv2.LUT(cv2.extractChannel(rgba, 3), _SHARES)
    stack = _times(rgba.astype(np.float32), share)
    stack = cv2.resize(stack, (width, height), interpolation=method)
    stack = _times(stack, 255.0 / np.maximum(cv2.extractChannel(stack, 3), 0.5))
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
        box: where it stands.

    Returns:
        The object's (H, W) uint8 mask.
    """
    coverage = cv2.extractChannel(rgba, 3)
    shade(canvas, shadow_of(coverage), box[0], box[1])
    lay(canvas, cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), coverage, box[0], box[1])
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
    share = thrice(np.maximum(alpha, 64).astype(np.float32) * np.float32(1 / 255))
    rgba[..., :3] = np.clip(behind + (seen - behind) / share + 0.5, 0, 255)
    return rgba, box


@dataclass(frozen=True, eq=False)
class Shadow:
    """The contact shadow of an object.

    Attributes:
        light: (h, w) float32, the share of light that is left, 0 to 1.
        right: column of its left edge, counted from the object's.
        down: row of its top edge, counted from the object's.
    """

    light: NDArray[Any]
    right: int
    down: int


def shadow_of(coverage: Mask) -> Shadow:
    """Return the shadow of an object that stands under an open sky or a lamp high up.

    Its silhouette, laid flat on the ground around the line on which it stands, and darker where it
    touches the ground: feet, wheels. Light from straight above goes with every photograph.

    Args:
        coverage: (h, w) uint8 of the object, whose last row stands on the ground.
    """
    tall, wide = coverage.shape
    flat = max(round(_FLAT * tall), 2)
    margin = max(round(_SPREAD * 2.2 * max(tall, wide)), 2)
    silhouette = cv2.resize(coverage, (wide, flat), interpolation=cv2.INTER_AREA)
    feet = cv2.resize(
        coverage[tall - max(round(_CONTACT * tall), 1) :],
        (wide, max(flat // 2, 1)),
        interpolation=cv2.INTER_AREA,
    )
    room = cv2.copyMakeBorder(
        cv2.LUT(silhouette, _SILHOUETTE), margin, margin, margin, margin, cv2.BORDER_CONSTANT
    )
    top = margin + flat // 2
    touching = room[top : top + len(feet), margin : margin + wide]
    np.maximum(touching, cv2.LUT(feet, _FEET), out=touching)
    sigma = max(_SPREAD * max(tall, wide), 0.5)
    light = 1.0 - wide_blur(room, sigma)
    # The flat silhouette lies half before and half behind the line on which the object stands.
    return Shadow(light, -margin, tall - margin - round(_BEHIND * flat))


def shade(canvas: Image, shadow: Shadow, left: int, top: int) -> None:
    """Darken the ground where an object's shadow falls, in place; what lies outside is cut off.

    Args:
        canvas: (H, W, 3) uint8, written to.
        shadow: of the object.
        left: column of the object's left edge.
        top: row of the object's top edge.
    """
    there, here = _windows(shadow.light, left + shadow.right, top + shadow.down, *canvas.shape[:2])
    ground = canvas[there]
    if ground.size:
        light = shadow.light[here]
        ground[:] = cv2.multiply(ground, thrice(light), dtype=cv2.CV_8U)


def shadow_mask(mask: Mask, box: Box) -> Mask:
    """Return where the object in a mask is expected to darken the ground, (H, W) uint8, 0 or 255.

    Args:
        mask: (H, W) uint8 soft mask of the object.
        box: its bounds.
    """
    left, top, right, bottom = box
    shadow = shadow_of(np.ascontiguousarray(mask[top:bottom, left:right]))
    there, here = _windows(shadow.light, left + shadow.right, top + shadow.down, *mask.shape)
    found = np.zeros_like(mask)
    found[there] = np.where(shadow.light[here] < 1.0 - _SEEN, 255, 0)
    return found
