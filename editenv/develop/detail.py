"""Clarity, sharpening and noise reduction."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from editenv.develop.filters import Guided
from editenv.develop.sliders import Sliders
from editenv.develop.transfer import Light, Plane, decode, encode, luminance
from editenv.imaging.regions import thrice

CLARITY = (0.45, 0.9)
"""Share of its own by which a clarity of -100 weakens, and of 100 strengthens local contrast; more
of the first looks out of focus."""

LOCAL = (0.03, 0.02)
"""Radius of the smoothing that clarity compares with, as a share of the longer side, and the
variance below which it smooths."""

GRAIN = 0.06
"""Standard deviation of the grain, encoded, that a noise reduction of 100 takes out."""

FINE, MIDDLE, COARSE = 2, 3, 6
"""Radii of the noise reduction's windows, in pixels."""


def noise_reach(sliders: Sliders) -> int:
    """Return how many pixels away the noise reduction looks, at most."""
    # A guided filter averages twice.
    return 2 * (FINE + COARSE) if sliders.noise_luminance or sliders.noise_colour else 0


def sharpening_reach(sliders: Sliders) -> int:
    """Return how many pixels away sharpening looks, at most."""
    # OpenCV cuts a Gaussian of floats off after four deviations.
    return math.ceil(4 * sliders.sharpening_radius) + 1 if sliders.sharpening else 0


def denoised(stored: Light, sliders: Sliders) -> Light:
    """Smooth grain, and spots of colour along the edges of the luminance.

    Args:
        stored: (H, W, 3) float32, encoded.
        sliders: ``noise_luminance`` and ``noise_colour``.
    """
    grey, red, blue = cv2.split(cv2.cvtColor(stored, cv2.COLOR_RGB2YCrCb))
    if sliders.noise_colour:
        share = sliders.noise_colour / 100
        clean = Guided(Guided(grey, FINE, GRAIN**2).smooth(grey), COARSE, 0.002)
        red += share * (clean.smooth(red) - red)
        blue += share * (clean.smooth(blue) - blue)
    if sliders.noise_luminance:
        grey = Guided(grey, MIDDLE, (GRAIN * sliders.noise_luminance / 100) ** 2).smooth(grey)
    return cv2.cvtColor(cv2.merge([grey, red, blue]), cv2.COLOR_YCrCb2RGB)


def clarify(light: Light, sliders: Sliders, smooth: Callable[[Plane], Plane]) -> Light:
    """Strengthen or weaken local contrast, most in the mid-tones, without halos at edges.

    Args:
        light: (H, W, 3) float32.
        sliders: ``clarity``.
        smooth: makes the smoothed picture of the encoded luminance, both (H, W) float32.
    """
    grey = encode(luminance(light))
    level = np.clip(grey, 0.0, 1.0)
    detail = (grey - smooth(grey)) * (4.0 * level * (1.0 - level))
    strength = CLARITY[sliders.clarity > 0] * sliders.clarity / 100
    return _brightened(light, grey, detail * strength)


def sharpen(light: Light, sliders: Sliders) -> Light:
    """Unsharp mask on the luminance; a radius in pixels, so best at the size that is looked at.

    Args:
        light: (H, W, 3) float32.
        sliders: ``sharpening`` and ``sharpening_radius``.
    """
    if sliders.sharpening == 0:
        return light
    grey = encode(luminance(light))
    blurred = cv2.GaussianBlur(grey, (0, 0), sliders.sharpening_radius)
    # Limited, or hard edges would get white and black lines.
    detail = np.tanh((grey - blurred) * 8.0) / 8.0
    return _brightened(light, grey, detail * (sliders.sharpening / 100 * 1.5))


def _brightened(light: Light, grey: Plane, difference: Plane) -> Light:
    """Move the encoded luminance of pixels by ``difference``, and keep their colour."""
    before = decode(np.maximum(grey, 1e-3))
    after = decode(np.maximum(grey + difference, 1e-3))
    return light * thrice(np.clip(after / before, 0.0, 8.0))
