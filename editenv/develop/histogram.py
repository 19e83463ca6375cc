"""The histogram that a photo editor shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.develop.transfer import Pixels

CHANNELS = ("red", "green", "blue", "luminance", "chroma")
"""Rows of a histogram; chroma is a pixel's strongest channel less its weakest."""


def histogram(image: Pixels, bins: int = 32) -> NDArray[np.float32]:
    """Count the values of a picture.

    Args:
        image: (H, W, 3) uint8 or uint16, sRGB.
        bins: 2 to 256, each as wide as the others.

    Returns:
        (5, bins) float32: rows as in ``CHANNELS``, dark to bright, as multiples of an even
        distribution. Each row's mean is 1.
    """
    if not 2 <= bins <= 256:
        raise ValueError(f"bins={bins!r} must be from 2 to 256")
    levels = image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8)
    red, green, blue = cv2.split(levels)
    grey = cv2.cvtColor(levels, cv2.COLOR_RGB2GRAY)
    chroma = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    planes = (red, green, blue, grey, chroma)
    counts = [cv2.calcHist([plane], [0], None, [bins], [0, 256]).ravel() for plane in planes]
    return np.stack(counts).astype(np.float32) * np.float32(bins / grey.size)
