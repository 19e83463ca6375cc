"""Where sliders should stand, read off the picture: white balance and the horizon."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.develop.light import MAGENTA, WARM
from editenv.develop.transfer import Pixels, Plane, to_light
from editenv.imaging.depth import to_eight

LONGEST = 1024
"""The longer side at which a picture is looked at, in pixels."""

NORM = 12
"""Of the shades of grey: 1 is the grey world, infinity the brightest spot (Finlayson and Trezzi,
2004). Of 1, 4, 6 and 12 this one moves well-balanced photos least."""

MOST_TILT = 15.0
"""Degrees up to which a line counts as meant to be level or upright."""

ALIKE = 0.75
"""Degrees within which lines agree."""

AGREEMENT = 0.25
"""Least share of all straight lines' length that must agree on a tilt."""

ROUNDS = 8
"""Of the refinement: the gradients that count are those near the tilt that was found before."""

LEAST_LINES = 0.5
"""Least length of all straight lines that are nearly level or upright, in longer sides."""


def neutral_balance(image: Pixels) -> tuple[float, float]:
    """Return the temperature and tint that take a colour cast out.

    Shades of grey in linear light: the light is the norm of each channel, over pixels that are
    neither cut off nor black. It sees no more than that: a photo of one colour counts as a cast.

    Args:
        image: (H, W, 3) uint8 or uint16, sRGB.

    Returns:
        Values of the sliders, -100 to 100; 0 and 0 where no pixel tells.
    """
    light = to_light(_small(image)).reshape(-1, 3).astype(np.float64)
    usable = light[(light.max(axis=1) < 0.97) & (light.min(axis=1) > 0.002)]
    if not len(usable):
        return 0.0, 0.0
    red, green, blue = np.log2((usable**NORM).mean(axis=0)) / NORM
    warm, magenta = np.array(WARM), np.array(MAGENTA)
    # Both sliders' stops bring the three channels to one value.
    unknowns = np.array([warm[:2] - warm[1:], magenta[:2] - magenta[1:]]).T
    temperature, tint = np.linalg.solve(unknowns, [green - red, blue - green])
    return _percent(temperature), _percent(tint)


def _percent(value: float) -> float:
    return 100.0 * float(np.clip(value, -1.0, 1.0))


def horizon_tilt(image: Pixels) -> float | None:
    """Return by how much a picture is turned clockwise, by its straight lines.

    Lines come from a probabilistic Hough transform. Those that are nearly level or upright vote
    with their length. Of the tilt on which most agree, the gradients along those lines give the
    fraction of a degree.

    Args:
        image: (H, W, 3) uint8 or uint16.

    Returns:
        Degrees from -15 to 15, of which ``straighten`` is the negative; None where there are too
        few straight lines, or where they don't agree.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(_small(image), cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    lines = _lines(grey)
    across, down = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    lengths = np.hypot(across, down)
    # Level and upright lines say the same: both are turned alike.
    tilts = (np.degrees(np.arctan2(down, across)) + 45.0) % 90.0 - 45.0
    near = np.abs(tilts) <= MOST_TILT
    if lengths[near].sum() < LEAST_LINES * max(grey.shape):
        return None
    agreeing = np.abs(tilts[near][:, None] - tilts[near]) <= ALIKE
    support = agreeing @ lengths[near]
    best = int(support.argmax())
    if support[best] < AGREEMENT * lengths.sum():
        return None
    return _refined(grey, lines[near][agreeing[best]], float(tilts[near][best]))


def _lines(grey: Plane) -> NDArray[np.float64]:
    """Return (n, 4) float64: where straight edges begin and end, as x, y, x, y."""
    edges = cv2.Canny(grey, 20, 60)
    least = max(grey.shape) // 12
    cv2.setRNGSeed(0)
    found = cv2.HoughLinesP(
        edges, 1, math.radians(0.5), max(least // 2, 20), minLineLength=least, maxLineGap=8
    )
    return np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)


def _refined(grey: Plane, lines: NDArray[np.float64], tilt: float) -> float:
    """Return the mean direction of the gradients along some lines, in degrees.

    A line's ends are whole pixels, which tell its direction to half a degree only.
    """
    along = np.zeros(grey.shape, np.uint8)
    for left, top, right, bottom in lines.astype(int).tolist():
        cv2.line(along, (left, top), (right, bottom), 255, 3)
    x, y = (cv2.Scharr(grey, cv2.CV_64F, *order)[along > 0] for order in ((1, 0), (0, 1)))
    for _ in range(ROUNDS):
        # Of four directions a quarter turn apart, the fourth power is one and the same.
        gradients = (x + 1j * y) * np.exp(-1j * math.radians(tilt))
        angles = np.angle(gradients**4) / 4
        weights = np.abs(gradients) ** 2 * (np.abs(angles) < math.radians(4 * ALIKE))
        tilt += math.degrees(float(np.angle((weights * np.exp(4j * angles)).sum())) / 4)
    return tilt


def _scale(image: Pixels) -> float:
    return min(LONGEST / max(image.shape[:2]), 1.0)


def _small(image: Pixels) -> NDArray[np.uint8]:
    """Return the picture in 8 bits, with ``LONGEST`` pixels at most."""
    height, width = image.shape[:2]
    scale = _scale(image)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return to_eight(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
