"""From stored pixels to linear light and back, and the gamut that a screen can show."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Light = NDArray[Any]
"""(H, W, 3) float32, linear light in sRGB primaries; 1 is the white of the source. It may leave
[0, 1] on the way."""

Plane = NDArray[Any]
"""(H, W) float32."""

Pixels = NDArray[Any]
"""(H, W, 3) uint8 or uint16, sRGB."""

LUMINANCE = np.array([[0.2126, 0.7152, 0.0722]], np.float32)
"""Share of red, green and blue in the luminance (Rec. 709)."""

_LARGEST = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


def to_light(pixels: Pixels) -> Light:
    """Return (H, W, 3) float32 linear light of 8 or 16 bit sRGB.

    Raises:
        ValueError: another shape or type.
    """
    check_pixels(pixels)
    return np.take(_linear_table(_LARGEST[pixels.dtype]), pixels)


def check_pixels(pixels: Pixels) -> None:
    """Refuse what is not (H, W, 3) uint8 or uint16.

    Raises:
        ValueError: another shape or type.
    """
    if pixels.dtype not in _LARGEST or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(
            f"image has the shape {pixels.shape} and the type {pixels.dtype}: it must be "
            "(H, W, 3), uint8 or uint16"
        )


def to_pixels(light: Light, dtype: np.dtype[Any]) -> Pixels:
    """Return linear light as (H, W, 3) sRGB of ``dtype``, rounded; what is out of range is cut."""
    largest = _LARGEST[dtype]
    return (encode(np.clip(light, 0.0, 1.0)) * np.float32(largest) + np.float32(0.5)).astype(dtype)


def encode(light: NDArray[Any]) -> NDArray[np.float32]:
    """Return what sRGB stores for linear light: the scale on which steps look even.

    Values above 1 go on along the same curve, values below 0 along its straight part.
    """
    power = cv2.pow(np.maximum(light, 0.0031308), 1 / 2.4)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * power - 0.055).astype(np.float32)


def decode(stored: NDArray[Any]) -> NDArray[np.float32]:
    """Undo ``encode``."""
    power = cv2.pow((np.maximum(stored, 0.04045) + 0.055) / 1.055, 2.4)
    return np.where(stored <= 0.04045, stored / 12.92, power).astype(np.float32)


def luminance(light: Light) -> Plane:
    """Return (H, W) float32."""
    return cv2.transform(light, LUMINANCE).reshape(light.shape[:2])


def strongest(light: Light) -> Plane:
    """Return the largest of the three channels, (H, W) float32; numpy's own max is far slower."""
    return np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])


def weakest(light: Light) -> Plane:
    """Return the smallest of the three channels, (H, W) float32."""
    return np.minimum(np.minimum(light[..., 0], light[..., 1]), light[..., 2])


def into_gamut(light: Light) -> Light:
    """Make too bright colours paler until they fit, so that they keep hue and luminance.

    A channel that is cut off by itself turns skin yellow and sky cyan. What is within [0, 1]
    stays as it is.
    """
    light = np.maximum(light, 0.0)
    brightest = strongest(light)
    if brightest.max(initial=0.0) <= 1.0:
        return light
    grey = np.minimum(luminance(light), 1.0)
    over = brightest > 1.0
    share = np.ones_like(grey)
    np.divide(1.0 - grey, brightest - grey, out=share, where=over & (brightest > grey))
    fitted = grey[..., None] + share[..., None] * (light - grey[..., None])
    return np.where(over[..., None], np.clip(fitted, 0.0, 1.0), light).astype(np.float32)


@cache
def _linear_table(largest: int) -> NDArray[np.float32]:
    stored = np.arange(largest + 1, dtype=np.float64) / largest
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)
