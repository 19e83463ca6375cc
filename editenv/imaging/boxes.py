"""Boxes in pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editenv.types import Box, Mask


def whole_pixels(corners: Sequence[float], height: int, width: int) -> Box | None:
    """Round a box outwards to whole pixels and cut it at the picture's borders.

    Args:
        corners: left, top, right and bottom in pixels, right and bottom exclusive.
        height: of the picture.
        width: of the picture.

    Returns:
        The box, or None where nothing of it is in the picture, or it is not finite.

    >>> whole_pixels((-3.0, 1.2, 4.5, 9.0), height=8, width=6)
    (0, 1, 5, 8)
    """
    if not np.isfinite(corners).all():
        return None
    left, top = (max(0, int(np.floor(value))) for value in corners[:2])
    right, bottom = (
        min(limit, int(np.ceil(value)))
        for limit, value in zip((width, height), corners[2:], strict=True)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def box_mask(box: Box, height: int, width: int) -> Mask:
    """Return an (H, W) uint8 mask, 255 inside the box."""
    mask = np.zeros((height, width), np.uint8)
    left, top, right, bottom = box
    mask[top:bottom, left:right] = 255
    return mask
