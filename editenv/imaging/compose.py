"""Put objects into a picture: resize with alpha, contact shadow, paste, lift out."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.regions import blend, bounds, grown
from editenv.types import Box, Image, Mask

__all__ = ["blend", "contact_shadow", "lift", "paste_rgba", "resize_rgba", "shadow_mask"]

RGBA = NDArray[Any]
"""An object with alpha, shape (h, w, 4), dtype uint8, colours not multiplied by alpha."""

_DARKNESS = 0.42


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
    stack = rgba.astype(np.float32)
    stack[..., :3] *= stack[..., 3:] / 255.0
    stack = cv2.resize(stack, (width, height), interpolation=method)
    stack[..., :3] *= 255.0 / np.maximum(stack[..., 3:], 0.5)
    return np.clip(stack + 0.5, 0, 255).astype(np.uint8)


def paste_rgba(image: Image, rgba: RGBA, left: int, top: int) -> tuple[Image, Mask]:
    """Lay an object over a picture; what lies outside the picture is cut off.

    Args:
        image: (H, W, 3) uint8.
        rgba: (h, w, 4) uint8.
        left: column of the object's left edge, may be negative.
        top: row of the object's top edge, may be negative.

    Returns:
        The new (H, W, 3) uint8 picture and the object's (H, W) uint8 mask in it.
    """
    height, width = image.shape[:2]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + rgba.shape[1]), min(height, top + rgba.shape[0])
    result = image.copy()
    mask = np.zeros((height, width), np.uint8)
    if x1 > x0 and y1 > y0:
        patch = rgba[y0 - top : y1 - top, x0 - left : x1 - left]
        alpha = np.ascontiguousarray(patch[..., 3])
        mask[y0:y1, x0:x1] = alpha
        result[y0:y1, x0:x1] = blend(image[y0:y1, x0:x1], patch[..., :3], alpha)
    return result, mask


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


def shadow_mask(box: Box, height: int, width: int) -> tuple[Mask, Box]:
    """Return the soft ellipse of the contact shadow under a box.

    What floats casts no contact shadow: it fades out for boxes whose bottom is above 0.6 of the
    picture's height, and is gone above half.

    Args:
        box: ``(left, top, right, bottom)`` of the object.
        height: of the picture.
        width: of the picture.

    Returns:
        (h, w) uint8, how strong the shadow is, and the box it lies in; an empty box
        ``(0, 0, 0, 0)`` where there is no shadow.
    """
    fade = min(1.0, max(0.0, (box[3] / height - 0.5) / 0.1))
    x, y, half_width, half_height = _shadow_ellipse(box)
    edges = (int(x - half_width), int(y - half_height), int(x + half_width + 2), 0)
    area = grown((*edges[:3], int(y + half_height + 2)), 0, height, width)
    if fade <= 0 or area[2] <= area[0] or area[3] <= area[1] or box[2] <= box[0]:
        return np.zeros((0, 0), np.uint8), (0, 0, 0, 0)
    across = (np.arange(area[0], area[2], dtype=np.float32) - x) / half_width
    along = (np.arange(area[1], area[3], dtype=np.float32) - y) / half_height
    strength = 1.0 - across[None, :] ** 2 - along[:, None] ** 2
    return (np.clip(strength, 0, 1) * (fade * 255.0)).astype(np.uint8), area


def contact_shadow(image: Image, box: Box) -> Image:
    """Darken the ground softly where an object in ``box`` stands.

    Call it before the object is pasted. See ``shadow_mask`` for what casts one.

    Args:
        image: (H, W, 3) uint8.
        box: ``(left, top, right, bottom)`` of the object.

    Returns:
        A new (H, W, 3) uint8 array.
    """
    strength, (left, top, right, bottom) = shadow_mask(box, *image.shape[:2])
    result = image.copy()
    if right > left:
        ground = image[top:bottom, left:right]
        keep = 1.0 - strength.astype(np.float32)[..., None] * np.float32(_DARKNESS / 255)
        result[top:bottom, left:right] = ground * keep + np.float32(0.5)
    return result
