"""Turn, straighten, crop and resize."""

from __future__ import annotations

import math

import cv2
import numpy as np

from editenv.develop.sliders import Box
from editenv.develop.transfer import Light, Pixels

TURNS = {
    1: cv2.ROTATE_90_CLOCKWISE,
    2: cv2.ROTATE_180,
    3: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
"""By quarter turns clockwise."""


def turned(image: Pixels, quarters: int) -> Pixels:
    """Return a picture turned clockwise by quarters; itself for none."""
    return cv2.rotate(image, TURNS[quarters]) if quarters else image


def inner_share(width: float, height: float, degrees: float) -> float:
    """Return how much of its sides a picture keeps that is turned and cut to its own shape.

    >>> inner_share(300, 200, 0)
    1.0
    """
    angle = math.radians(abs(degrees))
    across, down = abs(math.cos(angle)), abs(math.sin(angle))
    return min(width / (width * across + height * down), height / (width * down + height * across))


def straightened_size(width: int, height: int, degrees: float) -> tuple[int, int]:
    """Return width and height of a picture that ``straightened`` makes, at least 1."""
    share = inner_share(width, height, degrees)
    return max(math.floor(width * share), 1), max(math.floor(height * share), 1)


def straightened(light: Light, degrees: float, rows: slice) -> Light:
    """Turn a picture clockwise and cut it to the largest one of the same shape without corners.

    Args:
        light: (H, W, 3) float32.
        degrees: -45 to 45.
        rows: of the result, which are wanted.
    """
    height, width = light.shape[:2]
    wide, high = straightened_size(width, height, degrees)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    matrix[:, 2] += (wide - width) / 2, (high - height) / 2 - rows.start
    size = wide, rows.stop - rows.start
    flat = cv2.warpAffine(
        light, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.maximum(flat, 0.0, out=flat)


def crop_box(width: int, height: int, crop: Box) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a crop in whole pixels, at least one each way."""
    left, top = min(round(crop[0] * width), width - 1), min(round(crop[1] * height), height - 1)
    right, bottom = max(round(crop[2] * width), left + 1), max(round(crop[3] * height), top + 1)
    return left, top, right, bottom


def resized_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return width and height, at least 1, where the longer side is to have ``longest`` pixels."""
    scale = longest / max(height, width)
    return max(round(width * scale), 1), max(round(height * scale), 1)


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
