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
