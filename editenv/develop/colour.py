"""Saturation, vibrance, and hue, saturation and luminance of single colours."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.develop.sliders import Sliders
from editenv.develop.transfer import Light, Plane, decode, encode, strongest, weakest
from editenv.imaging.regions import thrice

HUES = (0.0, 30.0, 60.0, 120.0, 180.0, 240.0, 270.0, 300.0)
"""Middle of each of ``COLOURS``, in degrees; between two of them, both have a share."""

TURNS = 0.6
"""Share of the way to the next colour that a hue of 100 goes: all the way, and two would be one."""

LUMINANCE_STOPS = 1.2
"""Stops by which a luminance of 100 changes a full colour."""


def colour(light: Light, sliders: Sliders) -> Light:
    """Apply all sliders of colour; greys stay as they are.

    Args:
        light: (H, W, 3) float32, from 0 to 1.
        sliders: ``vibrance``, ``saturation`` and those of single colours.
    """
    hue, saturation, brightness = map(sliders.colours, ("hue", "saturation", "luminance"))
    single = bool(hue.any() or saturation.any() or brightness.any())
    if not (single or sliders.vibrance or sliders.saturation):
        return light
    stored = encode(light)
    factor = _strength(stored, sliders)
    if single:
        angle, chroma = _hue_and_chroma(stored)
        mix = _Mix(angle)
        if hue.any():
            stored = _turned(stored, mix, hue)
        factor = factor * (1.0 + mix.of(saturation))
        stops = mix.of(brightness) * chroma * LUMINANCE_STOPS
        stored = encode(decode(stored) * thrice(np.exp2(stops)))
    grey = thrice(_grey(stored))
    stored -= grey
    stored *= thrice(factor)
    stored += grey
    return decode(stored)


def _strength(stored: Light, sliders: Sliders) -> Plane:
    """By how much colours get stronger; vibrance is for the pale ones."""
    factor = np.ones(stored.shape[:2], np.float32)
    if sliders.vibrance:
        high, low = strongest(stored), weakest(stored)
        pale = 1.0 - np.clip((high - low) / np.maximum(high, 1e-4), 0.0, 1.0)
        factor += sliders.vibrance / 100 * pale**1.5
    return factor * (1.0 + sliders.saturation / 100)


def _grey(stored: Light) -> Plane:
    weights = np.array([[0.2126, 0.7152, 0.0722]], np.float32)
    return cv2.transform(stored, weights).reshape(stored.shape[:2])


def _hue_and_chroma(stored: Light) -> tuple[Plane, Plane]:
    """Return hue in degrees and how colourful, 0 to 1, both (H, W)."""
    hsv = cv2.cvtColor(np.clip(stored, 0.0, 1.0), cv2.COLOR_RGB2HSV)
    return hsv[..., 0], np.minimum(hsv[..., 1] * 1.5, 1.0)


class _Mix:
    """Mixes what the eight colours are to get, by hue: each hue takes from the two nearest ones.

    Args:
        angle: (H, W) float32, hue in degrees.
    """

    def __init__(self, angle: Plane) -> None:
        self._angle = angle

    def of(self, amounts: NDArray[np.float32]) -> Plane:
        """Return (H, W) float32 for amounts in the order of ``COLOURS``, (8,)."""
        total = np.zeros_like(self._angle)
        for index, (low, high) in enumerate(pairwise((*HUES, 360.0))):
            first, second = amounts[index], amounts[(index + 1) % len(HUES)]
            if not (first or second):
                continue
            place = np.clip((self._angle - low) / (high - low), 0.0, 1.0)
            place = place * place * (3.0 - 2.0 * place)
            mixed = (1.0 - place) * first + place * second
            np.copyto(total, mixed, where=(self._angle >= low) & (self._angle < high))
        return total


def _turned(stored: Light, mix: _Mix, amounts: NDArray[np.float32]) -> Light:
    """Turn hues towards the next colour."""
    around = (HUES[-1] - 360.0, *HUES, 360.0)
    degrees = np.zeros_like(amounts)
    for index, amount in enumerate(amounts):
        here = around[index + 1]
        step = around[index + 2] - here if amount > 0 else here - around[index]
        degrees[index] = amount * step * TURNS
    hsv = cv2.cvtColor(np.clip(stored, 0.0, 1.0), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + mix.of(degrees)) % 360.0
    turned = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    # As bright as before: yellow and blue of one HSV value are far from equally bright.
    ratio = _grey(stored) / np.maximum(_grey(turned), 1e-4)
    return turned * thrice(np.clip(ratio, 0.0, 1.6))
