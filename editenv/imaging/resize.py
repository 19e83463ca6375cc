"""Resizing whole pictures."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.types import Image


def resize(image: Image, width: int, height: int) -> Image:
    """Resize a picture: by area where that makes it smaller, else bicubic.

    Args:
        image: (h, w, 3) or (h, w) uint8.
        width: in pixels.
        height: in pixels.

    Returns:
        (height, width, 3) or (height, width) uint8; the picture itself where it has that size.
    """
    rows, columns = image.shape[:2]
    if (rows, columns) == (height, width):
        return image
    method = cv2.INTER_AREA if width * height < columns * rows else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method))


def resize_cover(image: Image, width: int, height: int) -> Image:
    """Resize so that the picture covers the frame, and cut off what stands out evenly.

    Args:
        image: (h, w, 3) uint8.
        width: of the frame, in pixels.
        height: of the frame, in pixels.

    Returns:
        (height, width, 3) uint8.
    """
    rows, columns = image.shape[:2]
    scale = max(width / columns, height / rows)
    tall, wide = max(round(rows * scale), height), max(round(columns * scale), width)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(image, (wide, tall), interpolation=method)
    top, left = (tall - height) // 2, (wide - width) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])
