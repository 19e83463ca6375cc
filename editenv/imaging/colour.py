"""Colour edits inside a mask: recolour, brightness, contrast, saturation."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.regions import bounds, core, edit_inside
from editenv.types import Image, Mask

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (212, 34, 38),
    "orange": (246, 130, 28),
    "yellow": (250, 216, 44),
    "green": (52, 160, 60),
    "teal": (0, 158, 160),
    "blue": (36, 88, 212),
    "purple": (128, 54, 178),
    "pink": (250, 128, 184),
    "brown": (122, 74, 40),
    "black": (30, 30, 33),
    "white": (244, 244, 242),
    "grey": (136, 137, 140),
}
"""The twelve colour names and their typical RGB values, in the order of the tool's options."""

_KEPT_MEAN = 0.08
_RANGES: dict[str, tuple[float, float]] = {
    "yellow": (20.0, 10.0),
    "white": (24.0, 6.0),
    "black": (10.0, 26.0),
    "brown": (20.0, 18.0),
    "grey": (26.0, 24.0),
}
_RANGE = (28.0, 24.0)


def to_lab(pixels: NDArray[np.uint8]) -> NDArray[Any]:
    """Return (..., 3) uint8 RGB as float32 Lab, L in 0..100."""
    flat = np.ascontiguousarray(pixels.reshape(1, -1, 3)).astype(np.float32) / 255.0
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(pixels.shape)


def _check(colour: str) -> None:
    if colour not in COLOURS:
        raise ValueError(f"colour is {colour!r}; accepted: {', '.join(COLOURS)}")


@cache
def _lightness(colour: str) -> float:
    return float(to_lab(np.array([COLOURS[colour]], np.uint8))[0, 0])


@cache
def palette(colour: str) -> NDArray[np.uint8]:
    """Return all shades of a named colour, from dark to light.

    Args:
        colour: one of ``COLOURS``.

    Returns:
        (256, 3) uint8: row ``i`` is the colour at Lab lightness ``i / 2.55``, with the chroma
        lowered where sRGB has no such colour.

    Raises:
        ValueError: for an unknown colour.
    """
    _check(colour)
    _, green_red, blue_yellow = to_lab(np.array([COLOURS[colour]], np.uint8))[0]
    light = np.linspace(0.0, 100.0, 256, dtype=np.float32)[:, None]
    keep = np.linspace(0.0, 1.0, 65, dtype=np.float32)[None, :]
    lab = np.stack(np.broadcast_arrays(light, green_red * keep, blue_yellow * keep), axis=-1)
    rgb = cv2.cvtColor(np.ascontiguousarray(lab), cv2.COLOR_Lab2RGB)
    back = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)
    # OpenCV clips to the gamut: a shade that doesn't survive the round trip lay outside it.
    fits = np.abs(back - lab).max(axis=-1) < 2.0
    fits[:, 0] = True
    best = 64 - np.argmax(fits[:, ::-1], axis=1)
    shades = (rgb[np.arange(256), best] * 255.0 + 0.5).astype(np.uint8)
    shades.flags.writeable = False
    return shades


def recolour(image: Image, mask: Mask, colour: str) -> Image:
    """Give an object a named colour and keep its shading.

    Hue and chroma are the colour's own, whatever they were before; each pixel's deviation from
    the object's mean lightness is kept, softly limited, around the colour's lightness.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of the object.
        colour: one of ``COLOURS``.

    Returns:
        A new (H, W, 3) uint8 array.

    Raises:
        ValueError: for an unknown colour.
    """
    shades = palette(colour)
    aim = _lightness(colour)
    down, up = _RANGES.get(colour, _RANGE)

    def edit(patch: Image, inner: Mask) -> Image:
        light: NDArray[Any] = cv2.cvtColor(patch, cv2.COLOR_RGB2Lab)[..., 0].astype(np.uint8)
        mean = cv2.mean(light, core(inner))[0]
        deviation = (np.arange(256, dtype=np.float32) - mean) / 2.55
        limit = np.where(deviation < 0, down, up).astype(np.float32)
        centre = aim + _KEPT_MEAN * (mean / 2.55 - aim)
        shade = (centre + limit * np.tanh(deviation / limit)) * 2.55
        table = shades.take(np.clip(np.rint(shade), 0, 255).astype(np.intp), axis=0)
        return table.take(light, axis=0)

    return edit_inside(image, mask, edit)


def adjust_brightness(image: Image, mask: Mask, amount: float) -> Image:
    """Make the masked pixels lighter or darker.

    Half gamma, which keeps the colours strong, and half a plain scale towards white or black,
    which also moves pixels that gamma can't.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask.
        amount: -1 (very dark) to 1 (very light); 0 changes nothing.

    Returns:
        A new (H, W, 3) uint8 array.
    """
    table = _brightness_table(float(amount))
    return edit_inside(image, mask, lambda patch, inner: cv2.LUT(patch, table))


@cache
def _brightness_table(amount: float) -> NDArray[np.uint8]:
    x = np.linspace(0.0, 1.0, 256)
    strength = abs(amount)
    if amount >= 0:
        curve = (x + strength * (1 - x)) / 2 + x ** (1 / (1 + 2 * strength)) / 2
    else:
        curve = x * (1 - strength) / 2 + x ** (1 + 2 * strength) / 2
    return as_table(curve)


def as_table(curve: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return a curve of 256 values in 0..1 as a uint8 look-up table, rounded and clipped."""
    return np.clip(curve * 255.0 + 0.5, 0, 255).astype(np.uint8)


def adjust_contrast(image: Image, mask: Mask, factor: float) -> Image:
    """Spread the masked pixels about their own mean, or pull them towards it.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask.
        factor: below 1 flattens, above 1 gives punch; at least 0.

    Returns:
        A new (H, W, 3) uint8 array.
    """

    def edit(patch: Image, inner: Mask) -> Image:
        mean = cv2.mean(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), core(inner))[0] / 255.0
        return cv2.LUT(patch, as_table(_contrast_curve(mean, factor)))

    return edit_inside(image, mask, edit)


def _contrast_curve(mean: float, factor: float) -> NDArray[np.float32]:
    x = np.linspace(0.0, 1.0, 256, dtype=np.float32)
    if factor <= 1:
        return mean + factor * (x - mean)
    # A power curve on each side of the mean clips nothing, unlike a straight line.
    low = max(mean, 1e-3)
    high = max(1 - mean, 1e-3)
    below = low * np.clip(x / low, 0, 1) ** factor
    above = 1 - high * np.clip((1 - x) / high, 0, 1) ** factor
    return np.where(x < mean, below, above)


def adjust_saturation(image: Image, mask: Mask, factor: float) -> Image:
    """Scale how colourful the masked pixels are.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask.
        factor: 0 is black and white, 1 changes nothing, above 1 is more vivid.

    Returns:
        A new (H, W, 3) uint8 array.
    """

    def edit(patch: Image, inner: Mask) -> Image:
        grey = cv2.cvtColor(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        return cv2.addWeighted(patch, factor, grey, 1.0 - factor, 0.0)

    return edit_inside(image, mask, edit)


@cache
def _nearest_table() -> NDArray[np.uint8]:
    """Return (32768,) uint8: the nearest colour's index for each 5-bit-a-channel RGB value."""
    levels = np.arange(32, dtype=np.uint8) * 8 + 4
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = to_lab(cube)
    centres = to_lab(np.array(list(COLOURS.values()), np.uint8))
    step = lab[:, None] - centres[None]
    # Shading moves lightness more than hue, so lightness counts for less.
    step[..., 0] *= 0.6
    return np.argmin((step**2).sum(axis=-1), axis=1).astype(np.uint8)


def dominant_colour(image: Image, mask: Mask) -> str:
    """Return the colour name that most of the masked pixels are nearest to.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask; an empty one stands for the whole picture.

    Returns:
        One of ``COLOURS``.
    """
    left, top, right, bottom = bounds(mask)
    patch, weight = image, np.full(mask.shape, 255, np.uint8)
    if right > left:
        patch, weight = image[top:bottom, left:right], core(mask[top:bottom, left:right])
    counts = cv2.calcHist([patch], [0, 1, 2], weight, [32] * 3, [0, 256] * 3).ravel()
    seen = np.flatnonzero(counts > 0)
    votes = np.bincount(_nearest_table()[seen], counts[seen], minlength=len(COLOURS))
    return tuple(COLOURS)[int(np.argmax(votes))]
