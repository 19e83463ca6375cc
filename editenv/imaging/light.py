"""How much light a photograph has, for putting into it what was photographed elsewhere."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.types import Image

Light = tuple[float, float, float]
"""Gains of red, green and blue."""

DAYLIGHT: Light = (1.0, 1.0, 1.0)
"""Changes nothing."""

_STEPS = 64
"""Gains are rounded to this part of 1, so that looks can be remembered."""


def light_of(photo: Image) -> Light:
    """Return the gains that make a thing photographed in daylight fit into a photograph.

    Half-way to the photograph's own brightness and a third of the way to its colour cast: a camera
    adapts to both, and so does the eye.

    Args:
        photo: (H, W, 3) uint8.
    """
    red, green, blue, _ = cv2.mean(photo)
    grey = max((red + green + blue) / 3.0, 1.0)
    strength = min(max(0.62 + 0.85 * grey / 255.0, 0.66), 1.08)
    gains = (strength * min(max(c / grey, 0.6), 1.5) ** 0.3 for c in (red, green, blue))
    first, second, third = (round(gain * _STEPS) / _STEPS for gain in gains)
    return first, second, third


def lit(colour: Image, light: Light) -> Image:
    """Return (h, w, 3) uint8 pixels in another light."""
    if light == DAYLIGHT:
        return colour
    return cv2.LUT(colour, _tables(light))


@lru_cache(maxsize=256)
def _tables(light: Light) -> NDArray[np.uint8]:
    """Return (1, 256, 3): what each level of each channel becomes; for every thing in a scene."""
    levels = np.arange(256, dtype=np.float32)
    tables = [np.minimum(levels * gain + 0.5, 255).astype(np.uint8) for gain in light]
    return np.ascontiguousarray(np.stack(tables, axis=-1))[None]
