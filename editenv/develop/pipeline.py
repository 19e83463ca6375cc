"""All sliders on a picture, in the order of a raw converter."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.develop import geometry
from editenv.develop.rendering import reach, rendered
from editenv.develop.sliders import Sliders
from editenv.develop.transfer import Pixels, Plane, check_pixels
from editenv.imaging.regions import grown
from editenv.types import Mask

OF_THE_WHOLE = ("vignette", "rotate", "straighten", "crop", "resize")
"""What changes the whole picture, and cannot be done inside a mask."""

_SHARES = np.arange(256, dtype=np.float32) / 255
"""By value of a mask of 8 bits: what it is as a share."""

WIDE = ("highlights", "shadows", "clarity")
"""What depends on the size and on far parts of the picture."""


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
    if not moved or (weight is not None and not weight.any()):
        return image.copy()
    image = geometry.turned(image, sliders.rotate)
    if moved.keys() <= {"rotate", "crop"}:
        # Pixels only go elsewhere: nothing is resampled.
        height, width = image.shape[:2]
        left, top, right, bottom = geometry.crop_box(width, height, sliders.crop)
        return image[top:bottom, left:right].copy()
    if weight is None or not moved.keys().isdisjoint(WIDE):
        return rendered(image, sliders, weight)
    result = image.copy()
    part = _around(weight, reach(sliders))
    result[part] = rendered(image[part], sliders, weight[part])
    return result


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
    weight = np.zeros(shape, np.float32)
    # OpenCV cuts a Gaussian of floats off after four deviations.
    part = _around(mask, math.ceil(4 * feather) + 1)
    shares = mask[part]
    if not shares.size:
        return weight
    shares = cv2.LUT(shares, _SHARES) if mask.dtype == np.uint8 else np.clip(shares, 0.0, 1.0)
    weight[part] = cv2.GaussianBlur(shares, (0, 0), feather) if feather > 0 else shares
    return weight


def _around(mask: Mask | Plane, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of what is above 0, and a margin."""
    left, top, width, height = cv2.boundingRect((mask > 0).view(np.uint8))
    if not width:
        return slice(0), slice(0)
    box = grown((left, top, left + width, top + height), margin, *mask.shape)
    return slice(box[1], box[3]), slice(box[0], box[2])
