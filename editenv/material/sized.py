"""Sprites and backgrounds at the sizes that pictures ask for; results are shared and read-only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.imaging.compose import resize_rgba
from editenv.imaging.resize import resize_cover
from editenv.material.records import Background, Sprite

MEBIBYTE = 2**20


@remembered(16 * MEBIBYTE)
def sprite_at(sprite: Sprite, width: int, height: int) -> NDArray[np.uint8]:
    """Return a sprite at a size, (height, width, 4) uint8, read-only."""
    halvings, rows, columns = 0, *sprite.rgba.shape[:2]
    while rows >= 2 * height and columns >= 2 * width and min(rows, columns) >= 4:
        halvings, rows, columns = halvings + 1, rows // 2, columns // 2
    source = _halved(sprite, halvings) if halvings else sprite.rgba
    return _frozen(resize_rgba(source, width, height))


@remembered(24 * MEBIBYTE)
def background_at(background: Background, width: int, height: int) -> NDArray[np.uint8]:
    """Return the middle of a background that fills a frame, (height, width, 3) uint8, read-only."""
    return _frozen(resize_cover(background.image, width, height))


@remembered(16 * MEBIBYTE)
def _halved(sprite: Sprite, times: int) -> NDArray[np.uint8]:
    """Return a sprite halved one or more times: from there, resizing costs a fraction."""
    larger = _halved(sprite, times - 1) if times > 1 else sprite.rgba
    return _frozen(resize_rgba(larger, larger.shape[1] // 2, larger.shape[0] // 2))


def _frozen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels.setflags(write=False)
    return pixels
