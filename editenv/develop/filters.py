"""Smoothing that keeps edges: what highlights, clarity and noise reduction share."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.develop.transfer import Plane

WIDE = 32
"""Radius in pixels from which a smaller picture is smoothed instead."""


def smooth(plane: Plane, share: float = 0.025, variance: float = 0.01) -> Plane:
    """Guided filter with the picture as its own guide (He, Sun and Tang, ECCV 2010).

    Its windows in large pictures are so wide that a smaller picture tells as much (He and Sun,
    "Fast Guided Filter", 2015).

    Args:
        plane: (H, W) float32, encoded.
        share: radius of the windows, as a share of the longer side.
        variance: what varies less than this is smoothed.
    """
    radius = max(round(share * max(plane.shape)), 1)
    if radius < WIDE:
        return guided(plane, plane, radius, variance)
    shrunk = radius // (WIDE // 2)
    height, width = plane.shape
    size = max(width // shrunk, 1), max(height // shrunk, 1)
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    slope, offset = (
        cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
        for part in _line(small, small, radius // shrunk, variance)
    )
    return (slope * plane + offset).astype(np.float32)


def guided(guide: Plane, plane: Plane, radius: int, variance: float) -> Plane:
    """Smooth a plane, but for the edges that a guide has there.

    Args:
        guide: (H, W) float32.
        plane: (H, W) float32.
        radius: of the windows, in pixels.
        variance: where the guide varies less, the plane is smoothed.
    """
    slope, offset = _line(guide, plane, radius, variance)
    return (slope * guide + offset).astype(np.float32)


def _line(guide: Plane, plane: Plane, radius: int, variance: float) -> tuple[Plane, Plane]:
    """Return slope and offset that make the smoothed plane of the guide."""
    mean_guide, mean_plane = _box(guide, radius), _box(plane, radius)
    spread = np.maximum(_box(guide * guide, radius) - mean_guide * mean_guide, 0.0)
    common = _box(guide * plane, radius) - mean_guide * mean_plane
    slope = common / (spread + variance)
    offset = mean_plane - slope * mean_guide
    return _box(slope, radius), _box(offset, radius)


def _box(plane: Plane, radius: int) -> Plane:
    side = 2 * radius + 1
    return cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
