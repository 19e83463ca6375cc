"""Turn, straighten, crop and resize."""

from __future__ import annotations

import math

import cv2
import numpy as np

from editenv.develop.sliders import WHOLE, Box, Sliders
from editenv.develop.transfer import Light


def reshape(light: Light, sliders: Sliders) -> Light:
    """Turn by quarters, straighten, crop and resize, in this order.

    Args:
        light: (H, W, 3) float32 linear light, so that what is resampled keeps its brightness.
        sliders: ``rotate``, ``straighten``, ``crop`` and ``resize``.

    Returns:
        (h, w, 3) float32, at least one pixel.
    """
    if sliders.rotate:
        light = np.ascontiguousarray(np.rot90(light, -sliders.rotate))
    if sliders.straighten:
        light = straightened(light, sliders.straighten)
    if sliders.crop != WHOLE:
        light = cropped(light, sliders.crop)
    return resized(light, sliders.resize) if sliders.resize else light


def inner_share(width: float, height: float, degrees: float) -> float:
    """Return how much of its sides a picture keeps that is turned and cut to its own shape.

    >>> inner_share(300, 200, 0)
    1.0
    """
    angle = math.radians(abs(degrees))
    across, down = abs(math.cos(angle)), abs(math.sin(angle))
    return min(width / (width * across + height * down), height / (width * down + height * across))


def straightened(light: Light, degrees: float) -> Light:
    """Turn a picture clockwise and cut it to the largest one of the same shape without corners."""
    height, width = light.shape[:2]
    share = inner_share(width, height, degrees)
    wide, high = max(math.floor(width * share), 1), max(math.floor(height * share), 1)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    matrix[:, 2] += (wide - width) / 2, (high - height) / 2
    turned = cv2.warpAffine(
        light, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.maximum(turned, 0.0)


def cropped(light: Light, crop: Box) -> Light:
    """Cut out a part, rounded to whole pixels."""
    height, width = light.shape[:2]
    left, top = min(round(crop[0] * width), width - 1), min(round(crop[1] * height), height - 1)
    right, bottom = max(round(crop[2] * width), left + 1), max(round(crop[3] * height), top + 1)
    return np.ascontiguousarray(light[top:bottom, left:right])


def resized(light: Light, longest: int) -> Light:
    """Resize so that the longer side has ``longest`` pixels."""
    height, width = light.shape[:2]
    scale = longest / max(height, width)
    if scale == 1:
        return light
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.maximum(cv2.resize(light, size, interpolation=method), 0.0)


def ratio_box(
    width: int, height: int, ratio: float, centre: tuple[float, float] = (0.5, 0.5)
) -> Box:
    """Return the largest crop of a ratio, as near to a place as it can be.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        ratio: width by height of the crop, above 0, such as 3 / 2.
        centre: where its middle should be, as shares.

    Raises:
        ValueError: a ratio that is not above 0.

    >>> ratio_box(400, 200, 1.0)
    (0.25, 0.0, 0.75, 1.0)
    """
    if not 0 < ratio < math.inf:
        raise ValueError(f"ratio={ratio!r} must be above 0")
    wide = min(1.0, ratio * height / width)
    high = min(1.0, width / ratio / height)
    left = min(max(centre[0] - wide / 2, 0.0), 1.0 - wide)
    top = min(max(centre[1] - high / 2, 0.0), 1.0 - high)
    return left, top, left + wide, top + high
