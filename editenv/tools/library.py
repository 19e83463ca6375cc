"""Tools that bring in pictures from the library: replace, add, background."""

from __future__ import annotations

from editenv.imaging import geometry
from editenv.imaging.compose import stand
from editenv.imaging.inpaint import inpaint_diffusion
from editenv.imaging.regions import blend, bounds, is_whole
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


def _aspect(name: str) -> float:
    height, width = library_sprites()[name].rgba.shape[:2]
    return width / height


def _put(canvas: Image, name: str, box: Box) -> Edited:
    """Put a library object into a picture that nobody else holds."""
    rgba = sprite_at(library_sprites()[name], box[2] - box[0], box[3] - box[1])
    return Edited(canvas, stand(canvas, rgba, box))


class Replace(GeometryTool):
    """Puts a library object of the same height where an object stands."""

    name = action = "replace"
    options = SPRITE_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Replace one object."""
        box = geometry.replaced_box(bounds(mask), _aspect(option), *image.shape[:2])
        return _put(inpaint_diffusion(image, mask), option, box)

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
        anchor = None if is_whole(mask) else bounds(mask)
        box = geometry.beside_box(anchor, _aspect(option), *image.shape[:2])
        return _put(image.copy(), option, box)

    def adds(self, option: int) -> str | None:
        """The new object's name."""
        return self.options[option]


class Background(GeometryTool):
    """Puts a library photograph behind the objects: give it the region of the background."""

    name = action = "background"
    options = BACKGROUND_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Replace the masked pixels of one picture."""
        height, width = image.shape[:2]
        picture = background_at(library_backgrounds()[option], width, height)
        return Edited(blend(image, picture, mask), mask)
