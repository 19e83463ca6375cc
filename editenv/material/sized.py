"""Sprites and backgrounds at the sizes that pictures ask for; results are shared and read-only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.imaging.compose import resize_rgba
from editenv.imaging.resize import resize_cover
from editenv.material.records import Background, Sprite

MEBIBYTE = 2**20


@remembered(8 * MEBIBYTE)
def sprite_at(sprite: Sprite, width: int, height: int) -> NDArray[np.uint8]:
    """Return a sprite at a size, (height, width, 4) uint8, read-only."""
    return _frozen(resize_rgba(sprite.rgba, width, height))


@remembered(16 * MEBIBYTE)
def background_at(background: Background, width: int, height: int) -> NDArray[np.uint8]:
    """Return the middle of a background that fills a frame, (height, width, 3) uint8, read-only."""
    return _frozen(resize_cover(background.image, width, height))


def _frozen(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    pixels.setflags(write=False)
    return pixels
