"""From stored pixels to linear light and back, and the gamut that a screen can show."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.regions import thrice

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
    return _looked_up(pixels, _linear_table(_LARGEST[pixels.dtype]))


def to_stored(pixels: Pixels) -> Light:
    """Return ``encode(to_light(pixels))``, from a table.

    Raises:
        ValueError: another shape or type.
    """
    check_pixels(pixels)
    return _looked_up(pixels, _stored_table(_LARGEST[pixels.dtype]))


def _looked_up(pixels: Pixels, table: NDArray[np.float32]) -> Light:
    if pixels.dtype == np.uint8:
        return cv2.LUT(pixels, table)
    return np.take(table, pixels)


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
    stored = encode(np.clip(light, 0.0, 1.0))
    stored *= np.float32(_LARGEST[dtype])
    stored += np.float32(0.5)
    return stored.astype(dtype)


def encode(light: NDArray[Any]) -> NDArray[np.float32]:
    """Return what sRGB stores for linear light: the scale on which steps look even.

    Values above 1 go on along the same curve, values below 0 along its straight part.

    Args:
        light: (H, W) or (H, W, 3) float32.
    """
    curved = cv2.pow(np.maximum(light, 0.0031308), 1 / 2.4)
    curved *= 1.055
    curved -= 0.055
    # The straight part lies above the curve wherever the curve holds, and below it elsewhere.
    return np.minimum(light * np.float32(12.92), curved, out=curved)


def decode(stored: NDArray[Any]) -> NDArray[np.float32]:
    """Undo ``encode``."""
    curved = np.maximum(stored, 0.04045)
    curved += 0.055
    curved /= 1.055
    power = cv2.pow(curved, 2.4)
    np.divide(stored, np.float32(12.92), out=curved)
    return np.where(stored <= 0.04045, curved, power)


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
    if light.min(initial=0.0) < 0.0:
        light = np.maximum(light, 0.0)
    if light.max(initial=0.0) <= 1.0:
        return light
    brightest = strongest(light)
    grey = np.minimum(luminance(light), 1.0)
    # Only where the strongest channel is above 1 does it matter, and there it is above the grey.
    share = (1.0 - grey) / np.maximum(brightest - grey, 1e-8)
    greys = thrice(grey)
    fitted = light - greys
    fitted *= thrice(share)
    fitted += greys
    np.clip(fitted, 0.0, 1.0, out=fitted)
    return cv2.copyTo(fitted, (brightest > 1.0).view(np.uint8), light.copy())


@cache
def _linear_table(largest: int) -> NDArray[np.float32]:
    stored = np.arange(largest + 1, dtype=np.float64) / largest
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


@cache
def _stored_table(largest: int) -> NDArray[np.float32]:
    return encode(_linear_table(largest)[None])[0]
