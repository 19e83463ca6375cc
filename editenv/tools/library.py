"""Tools that bring in pictures from the library: replace, add, background."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from editenv.imaging import geometry
from editenv.imaging.compose import shade, shadow_of, stand
from editenv.imaging.inpaint import inpaint_texture
from editenv.imaging.light import light_of, lit
from editenv.imaging.regions import blend, is_whole, solid_bounds, thrice
from editenv.material import (
    BACKGROUND_OPTIONS,
    SPRITE_OPTIONS,
    library_backgrounds,
    library_sprites,
)
from editenv.material.sized import background_at, sprite_at
from editenv.tools.base import Edited, Target
from editenv.tools.geometry import GeometryTool
from editenv.types import Box, Image, Mask

LEAST_THING = 0.0015
"""Smaller specks, as shares of the picture, cast no shadow."""


def _aspect(name: str) -> float:
    height, width = library_sprites()[name].rgba.shape[:2]
    return width / height


def _put(canvas: Image, name: str, box: Box) -> Edited:
    """Put a library object into a picture that nobody else holds, in the picture's own light."""
    rgba = sprite_at(library_sprites()[name], box[2] - box[0], box[3] - box[1]).copy()
    rgba[..., :3] = lit(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), light_of(canvas))
    return Edited(canvas, stand(canvas, rgba, box))


class Replace(GeometryTool):
    """Puts a library object as large as the old one where an object stands."""

    name = action = "replace"
    options = SPRITE_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Replace one object."""
        box = geometry.replaced_box(solid_bounds(mask), _aspect(option), *image.shape[:2])
        return _put(inpaint_texture(image, mask), option, box)

    def relabel(self, label: str, option: int) -> str:
        """The region is called after the new object."""
        return self.options[option]


class Add(GeometryTool):
    """Puts a library object beside an object, or in the foreground of the whole image."""

    name = action = "add"
    target: Target = "any"
    options = SPRITE_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Add one object."""
        anchor = None if is_whole(mask) else solid_bounds(mask)
        box = geometry.beside_box(anchor, _aspect(option), *image.shape[:2])
        return _put(image.copy(), option, box)

    def adds(self, option: int) -> str | None:
        """The new object's name."""
        return self.options[option]


class Background(GeometryTool):
    """Puts a library photograph behind the objects: give it the region of the background.

    What stands before it keeps its shadow.
    """

    name = action = "background"
    options = BACKGROUND_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Replace the masked pixels of one picture."""
        height, width = image.shape[:2]
        picture = background_at(library_backgrounds()[option], width, height).copy()
        for left, top, coverage in _things(mask):
            shade(picture, shadow_of(coverage), left, top)
        return Edited(blend(_without_rim(image, mask), picture, mask), mask)


def _without_rim(image: Image, background: Mask) -> Image:
    """Let the colours of things reach over their soft rim, in which the old background shows."""
    things = cv2.threshold(255 - background, 200, 255, cv2.THRESH_BINARY)[1]
    weight = things.astype(np.float32) / 255.0
    total = cv2.blur(weight, (5, 5))
    spread = cv2.blur(image * thrice(weight), (5, 5)) / thrice(np.maximum(total, 1e-4))
    rim = (things == 0) & (background < 255) & (total > 0)
    reaching = image.copy()
    reaching[rim] = spread[rim]
    return reaching


def _things(background: Mask) -> Iterator[tuple[int, int, Mask]]:
    """Yield column, row and (h, w) uint8 coverage of each thing that stands before a background."""
    _, solid = cv2.threshold(background, 127, 255, cv2.THRESH_BINARY_INV)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    for number in range(1, count):
        left, top, wide, tall, area = stats[number].tolist()
        if area >= LEAST_THING * background.size:
            window = slice(top, top + tall), slice(left, left + wide)
            coverage = cv2.bitwise_and(
                255 - background[window],
                np.where(labels[window] == number, np.uint8(255), np.uint8(0)),
            )
            yield left, top, coverage
