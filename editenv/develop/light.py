"""Exposure, white balance, highlights, shadows and the vignette: gains on linear light."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from editenv.develop.sliders import Sliders
from editenv.develop.transfer import Light, Plane, encode, luminance
from editenv.imaging.regions import thrice

WARM = (0.6, 0.0, -0.9)
"""Stops that a temperature of 100 gives red, green and blue."""

MAGENTA = (0.3, -0.55, 0.3)
"""Stops that a tint of 100 gives red, green and blue."""

LIFT, PULL = 2.0, 0.9
"""Stops by which shadows of 100 raise black, and highlights of -100 lower white. A curve with a
larger pull would turn around at the bright end."""

BASE = (0.025, 0.01)
"""Radius of the smoothing, as a share of the longer side, and the variance below which it smooths.
"""

REACH = 0.65
"""Encoded value up to which shadows reach, and 1 less it for highlights."""

CORNERS = 2.5
"""Stops between the middle and the corners with a vignette of 100."""


def expose(light: Light, sliders: Sliders) -> Light:
    """Multiply the light by exposure and white balance; grey keeps its luminance under the second.

    Args:
        light: (H, W, 3) float32.
        sliders: ``exposure``, ``temperature`` and ``tint``.
    """
    if not (sliders.exposure or sliders.temperature or sliders.tint):
        return light
    warm, magenta = sliders.temperature / 100, sliders.tint / 100
    stops = np.array(WARM) * warm + np.array(MAGENTA) * magenta
    gains = 2.0**stops
    gains *= 2.0**sliders.exposure / float(gains @ (0.2126, 0.7152, 0.0722))
    # A row of gains: NumPy would walk through three of them three values at a time.
    row = np.tile(gains.astype(np.float32), light.shape[1])
    return (light.reshape(len(light), -1) * row).reshape(light.shape)


def recover(light: Light, sliders: Sliders, smooth: Callable[[Plane], Plane]) -> Light:
    """Brighten or darken the dark and the bright parts, and leave their detail.

    The gain comes from a smoothed picture with sharp edges: structures within a shadow are moved
    together.

    Args:
        light: (H, W, 3) float32.
        sliders: ``highlights`` and ``shadows``.
        smooth: makes the smoothed picture of the encoded luminance, both (H, W) float32.
    """
    base = np.clip(smooth(encode(luminance(light))), 0.0, 1.0)
    dark = np.maximum(1.0 - base / REACH, 0.0) ** 2
    bright = np.maximum(1.0 - (1.0 - base) / REACH, 0.0) ** 2
    stops = dark * (LIFT * sliders.shadows / 100) + bright * (PULL * sliders.highlights / 100)
    return light * thrice(np.exp2(stops))


def vignette(light: Light, sliders: Sliders, rows: slice, height: int) -> Light:
    """Darken or brighten the corners.

    Args:
        light: (h, W, 3) float32, some rows of a picture.
        sliders: ``vignette`` and ``vignette_midpoint``.
        rows: which.
        height: of the picture.
    """
    if sliders.vignette == 0:
        return light
    start = 0.15 + 0.7 * sliders.vignette_midpoint / 100
    distance = _from_middle(height, light.shape[1], rows)
    share = np.clip((distance - start + 0.35) / 0.7, 0.0, 1.0)
    falloff = share * share * (3.0 - 2.0 * share)
    return light * thrice(np.exp2(falloff * (CORNERS * sliders.vignette / 100)))


def _from_middle(height: int, width: int, rows: slice) -> Plane:
    """Return (h, W): distance from the middle, 1 in the corners, in ellipses of the picture."""
    down = (np.arange(height, dtype=np.float32) + 0.5)[rows] / height * 2 - 1
    across = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    return cv2.sqrt((down[:, None] ** 2 + across[None, :] ** 2) / 2)
