"""Filling a hole: three rivals."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging.compose import blend
from editenv.types import Image, Mask, mask_box


def hole(mask: Mask) -> Mask:
    """The mask grown by a margin, and further down where the contact shadow lies."""
    left, top, right, bottom = mask_box(mask, 0)
    if right == 0:
        return mask
    reach = max(round(0.06 * (bottom - top)), 1)
    grown = cv2.dilate((mask > 8).astype(np.uint8) * 255, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    down = max(round(0.08 * (bottom - top)), 1)
    shifted = np.zeros_like(grown)
    shifted[down:] = grown[:-down]
    return np.maximum(grown, shifted)


def _window(filled: Mask, margin: int) -> tuple[slice, slice] | None:
    left, top, right, bottom = mask_box(filled)
    if right == 0:
        return None
    height, width = filled.shape
    return (
        slice(max(top - margin, 0), min(bottom + margin, height)),
        slice(max(left - margin, 0), min(right + margin, width)),
    )


def _ring(filled: Mask) -> Mask:
    return cv2.dilate(filled, np.ones((5, 5), np.uint8)) & ~filled


def inpaint_mean(image: Image, mask: Mask) -> Image:
    filled = hole(mask)
    out = image.copy()
    ring = _ring(filled)
    if ring.any() and filled.any():
        out[filled > 0] = np.array(cv2.mean(image, ring)[:3]).round()
    return out


def inpaint_diffusion(image: Image, mask: Mask) -> Image:
    filled = hole(mask)
    window = _window(filled, 4)
    if window is None:
        return image.copy()
    out = image.copy()
    out[window] = cv2.inpaint(
        np.ascontiguousarray(image[window]), np.ascontiguousarray(filled[window]), 3, cv2.INPAINT_TELEA
    )
    return out


def inpaint_texture(image: Image, mask: Mask) -> Image:
    filled = hole(mask)
    left, top, right, bottom = mask_box(filled)
    if right == 0:
        return image.copy()
    height, width = filled.shape
    ring = _ring(filled) > 0
    inside = filled > 0
    best, best_shift = np.inf, None
    wide, tall = right - left, bottom - top
    both = ring | inside
    rows, columns = np.nonzero(both)
    for dy in (0, -tall // 2, tall // 2, -tall, tall):
        for dx in (-wide - 2, wide + 2, -wide // 2 * 3, wide // 2 * 3, 0, -2 * wide, 2 * wide):
            y, x = rows + dy, columns + dx
            if y.min() < 0 or x.min() < 0 or y.max() >= height or x.max() >= width:
                continue
            if inside[y, x].any():
                continue
            on_ring = ring[rows, columns]
            source = image[y[on_ring], x[on_ring]].astype(np.int32)
            error = np.abs(source - image[rows[on_ring], columns[on_ring]]).mean()
            if error < best:
                best, best_shift = error, (dy, dx)
    if best_shift is None:
        return inpaint_diffusion(image, mask)
    out = image.copy()
    rows, columns = np.nonzero(inside)
    edited = image.copy()
    edited[rows, columns] = image[rows + best_shift[0], columns + best_shift[1]]
    soft = cv2.GaussianBlur(filled, (3, 3), 0)
    soft[~inside] = 0
    return blend(inpaint_diffusion(image, mask), edited, soft) if out is not None else out
