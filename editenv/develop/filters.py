"""Smoothing that keeps edges: what highlights, clarity and noise reduction share."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.develop.transfer import Plane


def smooth(plane: Plane, share: float = 0.025, variance: float = 0.01) -> Plane:
    """Guided filter with the picture as its own guide (He, Sun and Tang, ECCV 2010).

    Args:
        plane: (H, W) float32, encoded.
        share: radius of the windows, as a share of the longer side.
        variance: what varies less than this is smoothed.
    """
    radius = max(round(share * max(plane.shape)), 1)
    return guided(plane, plane, radius, variance)


def guided(guide: Plane, plane: Plane, radius: int, variance: float) -> Plane:
    """Smooth a plane, but for the edges that a guide has there.

    Args:
        guide: (H, W) float32.
        plane: (H, W) float32.
        radius: of the windows, in pixels.
        variance: where the guide varies less, the plane is smoothed.
    """
    mean_guide, mean_plane = _box(guide, radius), _box(plane, radius)
    spread = np.maximum(_box(guide * guide, radius) - mean_guide * mean_guide, 0.0)
    common = _box(guide * plane, radius) - mean_guide * mean_plane
    slope = common / (spread + variance)
    offset = mean_plane - slope * mean_guide
    return (_box(slope, radius) * guide + _box(offset, radius)).astype(np.float32)


def _box(plane: Plane, radius: int) -> Plane:
    side = 2 * radius + 1
    return cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
