"""Blur, pixelate and sharpen inside a soft mask; nothing from outside bleeds in."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging.regions import blend
from editenv.types import Image, Mask, mask_box


def roi(image, mask):
    l, t, r, b = mask_box(mask, 0)
    return None if r == 0 else (slice(t, b), slice(l, r))



def _normalised_blur(image: Image, mask: Mask, sigma: float) -> np.ndarray:
    weight = mask.astype(np.float32)[..., None] / 255 + 1e-4
    spread = cv2.GaussianBlur(image.astype(np.float32) * weight, (0, 0), sigma)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    return spread / total


def blur(image: Image, mask: Mask, strength: float) -> Image:
    window = roi(image, mask)
    if window is None:
        return image.copy()
    part, inside = image[window], mask[window]
    sigma = max(strength * max(part.shape[:2]), 0.5)
    edited = np.clip(_normalised_blur(part, inside, sigma), 0, 255).astype(np.uint8)
    out = image.copy()
    out[window] = blend(part, edited, inside)
    return out


def pixelate(image: Image, mask: Mask, blocks: int) -> Image:
    window = roi(image, mask)
    if window is None:
        return image.copy()
    part, inside = image[window], mask[window]
    size = (min(blocks, part.shape[1]), min(blocks, part.shape[0]))
    weight = inside.astype(np.float32)[..., None] / 255 + 1e-4
    colour = cv2.resize(part * weight, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)[..., None]
    coarse = np.clip(colour / total, 0, 255).astype(np.uint8)
    edited = cv2.resize(coarse, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST)
    out = image.copy()
    out[window] = blend(part, edited, inside)
    return out


def sharpen(image: Image, mask: Mask, amount: float) -> Image:
    window = roi(image, mask)
    if window is None:
        return image.copy()
    part, inside = image[window], mask[window]
    smooth = _normalised_blur(part, inside, 1.0)
    edited = np.clip(part + amount * (part - smooth), 0, 255).astype(np.uint8)
    out = image.copy()
    out[window] = blend(part, edited, inside)
    return out
