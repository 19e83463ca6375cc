"""Exposure, white balance, highlights, shadows and the vignette: gains on linear light."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.develop.filters import smooth
from editenv.develop.sliders import Sliders
from editenv.develop.transfer import Light, Plane, encode, luminance

WARM = (0.6, 0.0, -0.9)
"""Stops that a temperature of 100 gives red, green and blue."""

MAGENTA = (0.3, -0.55, 0.3)
"""Stops that a tint of 100 gives red, green and blue."""

LIFT, PULL = 2.0, 0.9
"""Stops by which shadows of 100 raise black, and highlights of -100 lower white. A curve with a
larger pull would turn around at the bright end."""

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
    warm, magenta = sliders.temperature / 100, sliders.tint / 100
    stops = np.array(WARM) * warm + np.array(MAGENTA) * magenta
    gains = 2.0**stops
    gains *= 2.0**sliders.exposure / float(gains @ (0.2126, 0.7152, 0.0722))
    return light * gains.astype(np.float32)


def recover(light: Light, sliders: Sliders) -> Light:
    """Brighten or darken the dark and the bright parts, and leave their detail.

    The gain comes from a smoothed picture with sharp edges: structures within a shadow are moved
    together.

    Args:
        light: (H, W, 3) float32.
        sliders: ``highlights`` and ``shadows``.
    """
    if sliders.highlights == 0 and sliders.shadows == 0:
        return light
    base = np.clip(smooth(encode(luminance(light))), 0.0, 1.0)
    dark = np.maximum(1.0 - base / REACH, 0.0) ** 2
    bright = np.maximum(1.0 - (1.0 - base) / REACH, 0.0) ** 2
    stops = dark * (LIFT * sliders.shadows / 100) + bright * (PULL * sliders.highlights / 100)
    return light * np.exp2(stops)[..., None].astype(np.float32)


def vignette(light: Light, sliders: Sliders) -> Light:
    """Darken or brighten the corners.

    Args:
        light: (H, W, 3) float32.
        sliders: ``vignette`` and ``vignette_midpoint``.
    """
    if sliders.vignette == 0:
        return light
    start = 0.15 + 0.7 * sliders.vignette_midpoint / 100
    share = np.clip((_from_middle(*light.shape[:2]) - start + 0.35) / 0.7, 0.0, 1.0)
    falloff = share * share * (3.0 - 2.0 * share)
    gain = np.exp2(falloff * (CORNERS * sliders.vignette / 100)).astype(np.float32)
    return light * gain[..., None]


def _from_middle(height: int, width: int) -> Plane:
    """Return (H, W): distance from the middle, 1 in the corners, in ellipses of the picture."""
    rows = (np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1
    columns = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    return cv2.sqrt((rows[:, None] ** 2 + columns[None, :] ** 2) / 2)
