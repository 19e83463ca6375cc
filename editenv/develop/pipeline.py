"""All sliders on a picture, in the order of a raw converter."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.develop import colour, curve, detail, geometry, light
from editenv.develop.sliders import Sliders
from editenv.develop.transfer import Light, Pixels, Plane, into_gamut, to_light, to_pixels
from editenv.types import Mask

OF_THE_WHOLE = ("vignette", "rotate", "straighten", "crop", "resize")
"""What changes the whole picture, and cannot be done inside a mask."""


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
    source = to_light(image)
    moved = sliders.moved()
    if mask is None:
        if not moved:
            return image.copy()
        return to_pixels(_finish(_adjust(source, sliders), sliders), image.dtype)
    refused = [name for name in OF_THE_WHOLE if name in moved]
    if refused:
        raise ValueError(f"sliders has {refused}, which cannot be done inside a mask")
    weight = soft_mask(mask, image.shape[:2], feather)[..., None]
    edited = _finish(_adjust(source, sliders), sliders)
    blended = to_pixels(source + weight * (edited - source), image.dtype)
    return np.where(weight > 0, blended, image)


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
