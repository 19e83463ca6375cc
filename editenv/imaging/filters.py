"""Blur, pixelate and sharpen inside a soft mask; nothing from outside bleeds in."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.regions import crisp, edit_inside, solid_bounds, thrice
from editenv.types import Image, Mask

FINE_SIGMA = 24.0
"""A wider blur is done on a smaller copy: no eye sees the difference, and the time no longer grows
with the width. At 24 megapixels a soft blur took minutes."""

LEAST_WEIGHT = 1e-4
"""Keeps the normalisation finite where no masked pixel is near."""


def _weights(mask: Mask) -> NDArray[np.float32]:
    return crisp(mask).astype(np.float32) / 255.0 + LEAST_WEIGHT


def _spread(patch: Image, mask: Mask, sigma: float) -> NDArray[Any]:
    """Gaussian blur in which only masked pixels count (normalised convolution, Knutsson 1993)."""
    weight = _weights(mask)
    total = wide_blur(weight, sigma)
    colour = wide_blur(patch * thrice(weight), sigma)
    return colour / thrice(total)


def wide_blur(values: NDArray[Any], sigma: float) -> NDArray[Any]:
    """Gaussian blur of any width in about the same time.

    Args:
        values: (H, W) or (H, W, 3) float32.
        sigma: standard deviation, in pixels.
    """
    if sigma < FINE_SIGMA:
        return cv2.GaussianBlur(values, (0, 0), sigma)
    height, width = values.shape[:2]
    factor = sigma / (FINE_SIGMA / 2)
    size = max(round(width / factor), 1), max(round(height / factor), 1)
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), FINE_SIGMA / 2)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def blur(image: Image, mask: Mask, strength: float) -> Image:
    """Blur the masked pixels among themselves.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask.
        strength: standard deviation as a share of the region's longer side.

    Returns:
        A new (H, W, 3) uint8 array.
    """

    def edit(patch: Image, inner: Mask) -> Image:
        sigma = max(strength * max(patch.shape[:2]), 0.5)
        return _spread(patch, inner, sigma).astype(np.uint8)

    return edit_inside(image, mask, edit)


def pixelate(image: Image, mask: Mask, blocks: int) -> Image:
    """Replace the masked pixels by blocks of their mean colour.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask.
        blocks: number of blocks along the region's longer side.

    Returns:
        A new (H, W, 3) uint8 array.
    """

    def edit(patch: Image, inner: Mask) -> Image:
        left, top, right, bottom = solid_bounds(inner)
        height, width = bottom - top, right - left
        longer = max(height, width)
        size = (max(round(blocks * width / longer), 1), max(round(blocks * height / longer), 1))
        weight = _weights(inner)[top:bottom, left:right]
        colour = patch[top:bottom, left:right] * thrice(weight)
        colour = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
        total = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        coarse = (colour.reshape(*total.shape, 3) / thrice(total)).astype(np.uint8)
        fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
        rim = (top, inner.shape[0] - bottom, left, inner.shape[1] - right)
        return cv2.copyMakeBorder(fine, *rim, cv2.BORDER_REPLICATE)

    return edit_inside(image, mask, edit)


def sharpen(image: Image, mask: Mask, amount: float) -> Image:
    """Unsharp masking inside the mask.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask.
        amount: how many times the fine detail is added again.

    Returns:
        A new (H, W, 3) uint8 array.
    """

    def edit(patch: Image, inner: Mask) -> Image:
        detail = patch - _spread(patch, inner, 1.0)
        return np.clip(patch + amount * detail, 0, 255).astype(np.uint8)

    return edit_inside(image, mask, edit)
