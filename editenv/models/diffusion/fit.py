"""Bring a picture to a size that a model works at, and put what it made into the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from editenv.imaging.inpaint import hole_of
from editenv.imaging.regions import blend, is_whole
from editenv.imaging.resize import resize
from editenv.types import Image, Mask

Size = int | str
"""``"native"``, ``"picture"`` or a side in pixels; see ``fit``."""

OUTSIDES = ("exact", "near", "free")
"""Which pixels outside a region stay as they are: all; all but the rim and contact shadow that the
classical removers fill too (``editenv.imaging.inpaint.hole_of``); or none in particular."""


@dataclass(frozen=True)
class Fit:
    """How a picture of (height, width) becomes one of (tall, wide).

    Attributes:
        height: of the picture.
        width: of the picture.
        tall: rows that the model sees.
        wide: columns that the model sees.
        padded: whether rows and columns are added below and right, so that no pixel is resampled.
    """

    height: int
    width: int
    tall: int
    wide: int
    padded: bool

    def there(self, image: Image) -> Image:
        """Bring an (H, W, 3) picture to (tall, wide, 3)."""
        return self._pad(image) if self.padded else resize(image, self.wide, self.tall)

    def mask_there(self, mask: Mask) -> Mask:
        """Bring an (H, W) mask to a 0/255 (tall, wide) mask of every pixel that it touches."""
        hard = np.where(mask > 0, 255, 0).astype(np.uint8)
        if self.padded:
            return self._pad(hard)
        soft = cv2.resize(hard, (self.wide, self.tall), interpolation=cv2.INTER_LINEAR)
        return np.where(soft > 0, 255, 0).astype(np.uint8)

    def back(self, image: Image) -> Image:
        """Bring a (tall, wide, 3) result to (H, W, 3)."""
        if self.padded:
            return np.ascontiguousarray(image[: self.height, : self.width])
        return resize(image, self.width, self.height)

    def _pad(self, array: Image) -> Image:
        down, right = self.tall - self.height, self.wide - self.width
        if not down and not right:
            return array
        return cv2.copyMakeBorder(array, 0, down, 0, right, cv2.BORDER_REPLICATE)


def fit(height: int, width: int, size: Size, native: int, multiple: int) -> Fit:
    """Plan the size that a picture is edited at.

    Args:
        height: of the picture.
        width: of the picture.
        size: ``"picture"`` keeps the picture's pixels and pads both sides up to the multiple;
            ``"native"`` scales to the area of the square that the model was made for; a number
            scales to the area of the square with that side. Scaling keeps the proportions up to
            the multiple.
        native: side of the model's own square.
        multiple: both sides become multiples of it.
    """
    if size == "picture":
        tall, wide = (-(-length // multiple) * multiple for length in (height, width))
        return Fit(height, width, tall, wide, True)
    side = native if size == "native" else int(size)
    scale = side / (height * width) ** 0.5
    tall, wide = (max(round(n * scale / multiple), 1) * multiple for n in (height, width))
    return Fit(height, width, tall, wide, (tall, wide) == (height, width))


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
    return np.where(area[..., None] > 0, blend(image, made, area), image)
