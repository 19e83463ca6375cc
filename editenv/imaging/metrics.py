"""How far two pictures are apart, in shares of the full range."""

from __future__ import annotations

import cv2
import numpy as np

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
