"""All sliders on a picture, in the order of a raw converter."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.develop import colour, curve, detail, geometry, light
from editenv.develop.sliders import Sliders
from editenv.develop.transfer import (
    Light,
    Pixels,
    Plane,
    check_pixels,
    into_gamut,
    to_light,
    to_pixels,
)
from editenv.types import Mask

OF_THE_WHOLE = ("vignette", "rotate", "straighten", "crop", "resize")
"""What changes the whole picture, and cannot be done inside a mask."""

WIDE = ("highlights", "shadows", "clarity", *OF_THE_WHOLE)
"""What looks far beyond a pixel, so that a picture cannot be developed strip by strip."""

STRIP, STRIPS_FROM = 48, 2_000_000
"""Rows that are developed at once, and pixels of a picture from which that is done: they then stay
in the processor's cache, which is two to four times as fast."""


def develop(
    image: Pixels,
    sliders: Sliders,
    mask: Mask | NDArray[np.float32] | None = None,
    feather: float = 0.0,
) -> Pixels:
    """Develop a picture: at its own size and depth, in linear light.

    The order is noise, exposure and white balance, highlights and shadows, tone curve, colours,
    clarity, geometry, sharpening, vignette. Curves and colours are computed on the encoded scale,
    where steps look even; everything that gains, blends or resamples light, in linear light.

    Args:
        image: (H, W, 3) uint8 or uint16, sRGB.
        sliders: where they stand.
        mask: (H, W), where they work: uint8 from 0 to 255, or float32 from 0 to 1. None is
            everywhere. Where it is 0, pixels stay as they are.
        feather: standard deviation of the blur that makes the mask's edge soft, in pixels.

    Returns:
        A new array of the image's type; of its shape, unless the geometry changes it. Neutral
        sliders give a copy.

    Raises:
        ValueError: an image or a mask of another shape or type, a negative feather, or a slider
            of ``OF_THE_WHOLE`` with a mask.
    """
    check_pixels(image)
    moved = sliders.moved()
    refused = [name for name in OF_THE_WHOLE if name in moved and mask is not None]
    if refused:
        raise ValueError(f"sliders has {refused}, which cannot be done inside a mask")
    weight = None if mask is None else soft_mask(mask, image.shape[:2], feather)
    if not moved:
        return image.copy()
    if moved.keys() <= {"rotate", "crop"}:
        # Pixels only go elsewhere: nothing is resampled.
        return geometry.reshape(image, sliders).copy()
    if image.shape[0] * image.shape[1] < STRIPS_FROM or not moved.keys().isdisjoint(WIDE):
        return _developed(image, sliders, weight)
    developed = np.empty_like(image)
    for inner, outer in _strips(image.shape[0], detail.reach(sliders)):
        part = _developed(image[outer], sliders, None if weight is None else weight[outer])
        first = inner.start - outer.start
        developed[inner] = part[first : first + inner.stop - inner.start]
    return developed


def _developed(image: Pixels, sliders: Sliders, weight: Plane | None) -> Pixels:
    """Develop a picture, or a strip of one, as far as ``weight`` says."""
    if weight is not None and not weight.any():
        return image
    source = to_light(image)
    edited = _finish(_adjust(source, sliders), sliders)
    if weight is None:
        return to_pixels(edited, image.dtype)
    share = weight[..., None]
    blended = to_pixels(source + share * (edited - source), image.dtype)
    return np.where(share > 0, blended, image)


def _strips(height: int, reach: int) -> Iterator[tuple[slice, slice]]:
    """Yield which rows are wanted, and which must be looked at for them."""
    rows = STRIP + 4 * reach
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        yield slice(top, bottom), slice(max(top - reach, 0), min(bottom + reach, height))


def soft_mask(
    mask: Mask | NDArray[np.float32], shape: tuple[int, ...], feather: float = 0.0
) -> Plane:
    """Return a mask as (H, W) float32 from 0 to 1, its edge blurred.

    Args:
        mask: (H, W) uint8 from 0 to 255, or float32 from 0 to 1.
        shape: (H, W) that it must have.
        feather: standard deviation of the blur, in pixels.

    Raises:
        ValueError: another shape or type, or a negative feather.
    """
    if mask.shape != shape or mask.dtype.name not in ("uint8", "float32"):
        raise ValueError(
            f"mask has the shape {mask.shape} and the type {mask.dtype}: it must be {shape}, "
            "uint8 or float32"
        )
    if not feather >= 0:
        raise ValueError(f"feather={feather!r} must be at least 0 pixels")
    weight = mask.astype(np.float32)
    if mask.dtype == np.uint8:
        weight /= 255.0
    weight = np.clip(weight, 0.0, 1.0)
    return cv2.GaussianBlur(weight, (0, 0), feather) if feather > 0 else weight


def _adjust(picture: Light, sliders: Sliders) -> Light:
    """What depends on the whole picture, before its geometry."""
    picture = detail.denoise(picture, sliders)
    picture = light.expose(picture, sliders)
    picture = light.recover(picture, sliders)
    picture = into_gamut(curve.tone(picture, sliders))
    picture = into_gamut(colour.colour(picture, sliders))
    return detail.clarify(picture, sliders)


def _finish(picture: Light, sliders: Sliders) -> Light:
    """Geometry, and what is judged by the finished frame."""
    picture = geometry.reshape(picture, sliders)
    picture = detail.sharpen(picture, sliders)
    return into_gamut(light.vignette(picture, sliders))
