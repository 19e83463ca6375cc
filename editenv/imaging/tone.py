"""Exposure, white balance and shadows of a whole photo."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.types import Image

DISPLAY_GAMMA = 2.2


@cache
def _exposure_table(ev: float) -> NDArray[np.uint8]:
    light = np.linspace(0.0, 1.0, 256) ** DISPLAY_GAMMA * 2.0**ev
    return np.rint(np.minimum(light, 1.0) ** (1 / DISPLAY_GAMMA) * 255).astype(np.uint8)


@cache
def _gamma_table(gamma: float) -> NDArray[np.uint8]:
    return np.rint(np.linspace(0.0, 1.0, 256) ** gamma * 255).astype(np.uint8)


def exposure(image: Image, ev: float) -> Image:
    """Change the exposure in linear light.

    Args:
        image: (H, W, 3) uint8.
        ev: stops; +1 doubles the light.
    """
    return cv2.LUT(image, _exposure_table(ev))


def white_balance(image: Image, amount: float) -> Image:
    """Make a photo warmer or cooler.

    A power curve on red and the opposite one on blue: unlike gains, it clips nothing, so that
    the opposite amount takes it back.

    Args:
        image: (H, W, 3) uint8.
        amount: positive is warmer, negative is cooler; 0 changes nothing.
    """
    red, green, blue = cv2.split(image)
    warm, cool = _gamma_table(float(np.exp(-amount))), _gamma_table(float(np.exp(amount)))
    return cv2.merge([cv2.LUT(red, warm), green, cv2.LUT(blue, cool)])


def lift_shadows(image: Image, gamma: float) -> Image:
    """Brighten dark parts most.

    Args:
        image: (H, W, 3) uint8.
        gamma: exponent on [0, 1]; below 1 brightens, above 1 darkens.
    """
    return cv2.LUT(image, _gamma_table(gamma))


NATURAL_MEAN = (0.455, 0.48)
NATURAL_SPREAD = (0.195, 0.22)
NATURAL_WARMTH = (-0.02, 0.05)
NATURAL_CHROMA = (0.15, 0.21)
"""Where a well-made photo lies: mean and standard deviation of its grey values, mean of red less
mean of blue, mean difference of a pixel's strongest and weakest channel. Photos as they are vary
more than the faults that the tools here mend, so that nobody could see a fault."""

SLACK = 0.02
"""So far outside a developed photo may lie; one of little contrast or one strong colour lies
further out."""


def natural(image: Image) -> Image:
    """Develop a photo so that brightness, contrast, warmth and saturation are as one expects.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        A new (H, W, 3) uint8 array. Photos of hardly any contrast or colour stay dull.
    """
    for _ in range(2):
        image = _natural_warmth(_natural_colour(_natural_tone(image)))
    return image


def is_natural(image: Image) -> bool:
    """Whether a developed photo came near to what one expects, so that a fault in it would show."""
    bands = (NATURAL_MEAN, NATURAL_SPREAD, NATURAL_WARMTH, NATURAL_CHROMA)
    figures = tone_figures(image)
    return all(
        low - SLACK < figure < high + SLACK
        for figure, (low, high) in zip(figures, bands, strict=True)
    )


def tone_figures(image: Image) -> tuple[float, float, float, float]:
    """Return mean, spread, warmth and chroma of an (H, W, 3) uint8 picture, as shares of 255."""
    means, spreads = cv2.meanStdDev(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    red, green, blue = cv2.split(image)
    strongest, weakest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    chroma = cv2.mean(cv2.subtract(strongest, weakest))[0]
    warmth = cv2.mean(red)[0] - cv2.mean(blue)[0]
    values = (float(means[0, 0]), float(spreads[0, 0]), warmth, chroma)
    return values[0] / 255, values[1] / 255, values[2] / 255, values[3] / 255


def _natural_warmth(image: Image) -> Image:
    """The opposite of a fault of white balance: green stays as it is, so that grass does."""
    means = cv2.mean(image)
    red, blue = (min(max(means[channel] / 255, 0.02), 0.98) for channel in (0, 2))
    aim = float(np.clip(red - blue, *NATURAL_WARMTH))
    amounts = np.linspace(-0.8, 0.8, 161)
    reached = red ** np.exp(-amounts) - blue ** np.exp(amounts)
    # Rounded, so that few tables are kept.
    amount = float(round(amounts[np.argmin(np.abs(reached - aim))], 2))
    return image if aim == red - blue or amount == 0.0 else white_balance(image, amount)


def _natural_tone(image: Image) -> Image:
    """Contrast, then brightness, in one curve."""
    mean, spread, _, _ = tone_figures(image)
    spread = max(spread, 0.02)
    factor = float(np.clip(np.clip(spread, *NATURAL_SPREAD) / spread, 0.6, 1.8))
    aim = float(np.clip(mean, *NATURAL_MEAN))
    gamma = np.log(aim) / np.log(min(max(mean, 0.05), 0.95))
    x = np.linspace(0.0, 1.0, 256)
    curve = np.clip(mean + factor * (x - mean), 0.0, 1.0) ** gamma
    return cv2.LUT(image, np.rint(curve * 255).astype(np.uint8))


def _natural_colour(image: Image) -> Image:
    chroma = max(tone_figures(image)[3], 0.01)
    factor = float(np.clip(np.clip(chroma, *NATURAL_CHROMA) / chroma, 0.5, 1.9))
    if factor == 1.0:
        return image
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(image, factor, grey, 1.0 - factor, 0.0)
