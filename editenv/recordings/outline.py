"""Masks as lines that a browser draws."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.types import Mask

SMOOTHING = 0.5
"""How far, in pixels, a line may be from the mask's edge: corners of pixels are no shape."""


def outline(mask: Mask) -> str:
    """Return the edge of a mask as an SVG path, to be filled by the even-odd rule.

    Args:
        mask: (H, W) uint8; what is above 127 is inside.

    Returns:
        Closed lines in pixels, at most 0.75 pixels from the edge; ``""`` for an empty mask.

    >>> square = np.zeros((8, 8), np.uint8)
    >>> square[2:6, 2:6] = 255
    >>> outline(square)
    'M2.25 2.25L2.25 5.75L5.75 5.75L5.75 2.25Z'
    """
    inside = np.asarray(mask > 127, np.uint8)
    # Contours run through the middles of pixels, so at twice the size nearer to the edges.
    large = cv2.resize(inside, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    found, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    lines = (cv2.approxPolyDP(line, 2 * SMOOTHING, True)[:, 0] for line in found)
    return "".join(_path((line + 0.5) / 2) for line in lines if len(line) > 2)


def _path(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist()) + "Z"
