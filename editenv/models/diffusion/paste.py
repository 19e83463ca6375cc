"""Put what a model made into the picture that it was made for."""

from __future__ import annotations

import numpy as np

from editenv.imaging.inpaint import hole_of
from editenv.imaging.regions import blend, is_whole
from editenv.types import Image, Mask

OUTSIDES = ("exact", "near", "free")
"""Which pixels outside a region stay as they are: all; all but the rim and contact shadow that the
classical removers fill too (``editenv.imaging.inpaint.hole_of``); or none in particular."""


def area_of(mask: Mask, outside: str, removes: bool) -> Mask:
    """Return how much of the result each pixel takes, (H, W) uint8, 0 keeps the old pixel.

    Args:
        mask: (H, W) uint8 soft mask of the region; 255 everywhere is the whole image.
        outside: one of ``OUTSIDES``.
        removes: whether the object shall be gone. Its soft rim is then replaced as a whole, for a
            mixture of old and new would leave its outline.
    """
    if outside == "free" or is_whole(mask):
        return np.full_like(mask, 255)
    if outside == "near":
        return hole_of(mask)
    return np.where(mask > 0, 255, 0).astype(np.uint8) if removes else mask


def paste(image: Image, made: Image, area: Mask) -> Image:
    """Return a new (H, W, 3) uint8 picture, equal to ``image`` wherever ``area`` is 0."""
    if is_whole(area):
        return made.copy()
    result = blend(image, made, area)
    untouched = area == 0
    result[untouched] = image[untouched]
    return result
