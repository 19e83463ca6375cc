"""Contrast, whites, blacks and the tone curve: one curve for all channels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from editenv.develop.sliders import STRAIGHT, Curve, Sliders
from editenv.develop.transfer import Light, decode, encode

PIVOT = 0.46
"""Encoded value that contrast leaves: mid-grey, 18 % of the light."""

ENDS = 0.22
"""How far whites and blacks of 100 move the ends of the scale."""

_POINTS = 8193
_TOP = 2.0
"""Where the table ends: beyond, everything is far above white."""


def tone(light: Light, sliders: Sliders) -> Light:
    """Apply the curve.

    Args:
        light: (H, W, 3) float32.
        sliders: ``contrast``, ``whites``, ``blacks`` and ``curve``.
    """
    if not (sliders.contrast or sliders.whites or sliders.blacks or sliders.curve != STRAIGHT):
        return light
    outputs = _table(sliders.contrast, sliders.whites, sliders.blacks, sliders.curve)
    place = np.clip(encode(light), 0.0, _TOP) * np.float32((_POINTS - 1) / _TOP)
    index = np.minimum(place.astype(np.intp), _POINTS - 2)
    rest = place - index
    stored = outputs[index + 1] * rest
    np.subtract(1.0, rest, out=rest)
    rest *= outputs[index]
    stored += rest
    return decode(stored.astype(np.float32))


@lru_cache(maxsize=8)
def _table(contrast: float, whites: float, blacks: float, curve: Curve) -> NDArray[np.float64]:
    """Return (_POINTS,): single precision, in the type that ``tone`` computes with."""
    sliders = Sliders(contrast=contrast, whites=whites, blacks=blacks, curve=curve)
    outputs = response(np.linspace(0.0, _TOP, _POINTS), sliders)
    return outputs.astype(np.float32).astype(np.float64)


def response(stored: NDArray[np.float64], sliders: Sliders) -> NDArray[np.float64]:
    """Return what becomes of encoded values, rising and from 0 on.

    Args:
        stored: values from 0 on; 1 is white.
        sliders: as for ``tone``.
    """
    low = np.minimum(stored, 1.0)
    result = stored + ENDS * (
        sliders.whites / 100 * low**3 + sliders.blacks / 100 * (1.0 - low) ** 3
    )
    result = _contrast(np.maximum(result, 0.0), sliders.contrast / 100)
    if sliders.curve == STRAIGHT:
        return result
    # Takes a third of a second to import, and few edits have a curve.
    from scipy.interpolate import PchipInterpolator

    inputs, outputs = np.array(sliders.curve, np.float64).T / 255
    # Monotone between its points: a curve through few of them must not overshoot.
    shape = PchipInterpolator(inputs, outputs)
    return np.maximum(shape(np.minimum(result, 1.0)) + np.maximum(result - 1.0, 0.0), 0.0)


def _contrast(stored: NDArray[np.float64], amount: float) -> NDArray[np.float64]:
    if amount <= 0:
        return PIVOT + (1.0 + 0.65 * amount) * (stored - PIVOT)
    power = 1.0 + amount
    below = PIVOT * (np.minimum(stored, PIVOT) / PIVOT) ** power
    above = 1.0 - (1.0 - PIVOT) * (np.clip(1.0 - stored, 0.0, None) / (1.0 - PIVOT)) ** power
    return np.where(stored < PIVOT, below, above + np.maximum(stored - 1.0, 0.0))
