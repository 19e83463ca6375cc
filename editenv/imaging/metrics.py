"""How far two pictures are apart, in shares of the full range."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.types import Image, Mask


def mean_error(first: Image, second: Image, mask: Mask | None = None) -> float:
    """Mean absolute difference over pixels and channels.

    Args:
        first: (H, W, 3) uint8.
        second: (H, W, 3) uint8.
        mask: (H, W) uint8; pixels where it is zero do not count. None counts all.

    Returns:
        0 (equal) to 1 (black against white); 0 where the mask is empty.
    """
    means = cv2.mean(cv2.absdiff(first, second), mask)
    return (means[0] + means[1] + means[2]) / 765.0


def worst_patch(first: Image, second: Image, mask: Mask | None, size: int) -> float:
    """Mean absolute difference of the small square that differs most.

    Args:
        first: (H, W, 3) uint8.
        second: (H, W, 3) uint8.
        mask: (H, W) uint8; squares whose middle is where it is zero do not count.
        size: odd side of the squares, in pixels.

    Returns:
        0 (equal) to 1.
    """
    grey = cv2.cvtColor(cv2.absdiff(first, second), cv2.COLOR_RGB2GRAY)
    blurred = cv2.blur(grey, (size, size), borderType=cv2.BORDER_REFLECT_101)
    return cv2.minMaxLoc(blurred, mask)[1] / 255.0


def share_left(picture: Image, goal: Image, trace: NDArray[np.float32]) -> float:
    """How much of what should have gone still shines through: the projection of the error on it.

    Args:
        picture: (H, W, 3) uint8.
        goal: (H, W, 3) uint8.
        trace: (H, W, 3) float32, the picture before the edit less the picture after it; zero where
            nothing counts.

    Returns:
        1 where nothing was done, 0 for an error that has nothing to do with what was there.
    """
    error = cv2.subtract(picture, goal, dtype=cv2.CV_32F)
    return float(np.vdot(trace, error)) / max(float(np.vdot(trace, trace)), 1.0)


def changed(first: Image, second: Image, limit: int) -> Mask:
    """Where two pictures differ.

    Args:
        first: (H, W, 3) uint8.
        second: (H, W, 3) uint8.
        limit: difference in grey levels that does not count yet.

    Returns:
        (H, W) uint8: 255 where some channel differs by more than ``limit``, else 0.
    """
    _, channels = cv2.threshold(cv2.absdiff(first, second), limit, 255, cv2.THRESH_BINARY)
    # Every channel adds to grey, so grey is zero only where no channel is set.
    grey = cv2.cvtColor(channels, cv2.COLOR_RGB2GRAY)
    return cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY)[1]


def changed_share(first: Image, second: Image, mask: Mask, threshold: float) -> float:
    """Share of the mask's pixels that differ by more than ``threshold`` in some channel.

    Args:
        first: (H, W, 3) uint8.
        second: (H, W, 3) uint8.
        mask: (H, W) uint8; pixels where it is zero do not count.
        threshold: share of the full range, 0 to 1.

    Returns:
        0 to 1; 0 where the mask is empty.
    """
    counted = cv2.countNonZero(mask)
    if counted == 0:
        return 0.0
    visible = changed(first, second, round(threshold * 255))
    return cv2.countNonZero(cv2.bitwise_and(visible, mask)) / counted


def overlap(first: Mask, second: Mask) -> float:
    """Intersection over union of two soft masks at half coverage, 0 to 1."""
    a, b = first > 127, second > 127
    union = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / union if union else 0.0
