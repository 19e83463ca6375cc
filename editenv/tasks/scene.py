"""A scene: a photograph with objects standing in it, kept in layers.

Because the layers are known, the picture after an edit is rendered anew: where an object is
removed, the photograph behind it shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from editenv.imaging.compose import lay, shade, spread
from editenv.material import Sprite
from editenv.tasks.look import Look, PixelEdit, look_of
from editenv.types import BACKGROUND, Box, Image, Mask, Region


@dataclass(frozen=True, eq=False)
class SceneObject:
    """One object: a sprite, where it stands, and what was done to it.

    Attributes:
        key: identifies the object within its scene, through all edits.
        sprite: the picture and its name.
        box: where it stands, in pixels.
        mirrored: flipped left to right.
        inverted: flipped top to bottom.
        edits: pixel edits, in order.
    """

    key: int
    sprite: Sprite
    box: Box
    mirrored: bool = False
    inverted: bool = False
    edits: tuple[PixelEdit, ...] = ()

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.sprite.name

    @property
    def look(self) -> Look:
        """Its pixels as they are now."""
        left, top, right, bottom = self.box
        size = right - left, bottom - top
        return look_of(self.sprite, *size, self.mirrored, self.inverted, self.edits)

    @property
    def colour(self) -> str:
        """The name of the colour a person would give it."""
        return self.look.colour_name

    @property
    def area(self) -> int:
        """Pixels of its box."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle of its box, in pixels."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True, eq=False)
class Scene:
    """A photograph and the objects in it, the furthest (painted first) to the nearest.

    Attributes:
        photo: (H, W, 3) uint8.
        objects: in the order of painting.
    """

    photo: Image
    objects: tuple[SceneObject, ...]

    @cached_property
    def image(self) -> Image:
        """The picture, (H, W, 3) uint8."""
        image = self.photo.copy()
        for item in self.objects:
            look = item.look
            shade(image, item.box)
            lay(image, look.colour, look.coverage, item.box[0], item.box[1])
        return image

    @cached_property
    def masks(self) -> dict[int, Mask]:
        """For each object's key, (H, W) uint8: the part of it that can be seen."""
        masks: dict[int, Mask] = {}
        for item in self.objects:
            mask = spread(item.look.coverage, *item.box[:2], *self.photo.shape[:2])
            visible = 255 - mask
            for other in masks.values():
                np.minimum(other, visible, out=other)
            masks[item.key] = mask
        return masks

    @cached_property
    def background_mask(self) -> Mask:
        """(H, W) uint8: what no object covers."""
        mask = np.full(self.photo.shape[:2], 255, np.uint8)
        for other in self.masks.values():
            np.minimum(mask, 255 - other, out=mask)
        return mask

    def find(self, key: int) -> SceneObject:
        """Return the object with this key; KeyError when it is gone."""
        for item in self.objects:
            if item.key == key:
                return item
        raise KeyError(key)

    def with_object(self, changed: SceneObject) -> Scene:
        """The scene with one object changed."""
        objects = tuple(changed if o.key == changed.key else o for o in self.objects)
        return replace(self, objects=objects)

    def with_front(self, added: SceneObject) -> Scene:
        """The scene with an object put in front of all others."""
        rest = tuple(o for o in self.objects if o.key != added.key)
        return replace(self, objects=(*rest, added))

    def without(self, key: int) -> Scene:
        """The scene with one object gone."""
        return replace(self, objects=tuple(o for o in self.objects if o.key != key))

    def regions(self) -> tuple[Region, ...]:
        """What a perfect detector sees: the background, then every visible object."""
        found = [Region.from_mask(BACKGROUND, self.background_mask)]
        found += [Region.from_mask(o.label, self.masks[o.key]) for o in self.objects]
        return tuple(r for r in found if r.box != (0, 0, 0, 0))
