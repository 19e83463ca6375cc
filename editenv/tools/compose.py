"""Tools that bring in pictures from the library."""

from __future__ import annotations

import numpy as np

from editenv.imaging import geometry
from editenv.imaging.compose import blend, contact_shadow, paste_rgba, resize_rgba
from editenv.imaging.resize import resize_cover
from editenv.imaging.inpaint import inpaint_diffusion
from editenv.material import (
    BACKGROUND_OPTIONS,
    SPRITE_OPTIONS,
    library_backgrounds,
    library_sprites,
)
from editenv.tools.base import Edited
from editenv.types import mask_box


def _paste_sprite(image, name, box):
    rgba = resize_rgba(library_sprites()[name].rgba, box[2] - box[0], box[3] - box[1])
    return Edited(*paste_rgba(contact_shadow(image, box), rgba, box[0], box[1]))


def _aspect(name):
    rows, columns = library_sprites()[name].rgba.shape[:2]
    return columns / rows


class Replace:
    name = "replace"
    action = "replace"
    target = "region"
    options = SPRITE_OPTIONS

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            box = mask_box(mask, 8)
            if box[2] == 0:
                edited.append(Edited(image.copy(), mask))
                continue
            name = self.options[option]
            goal = geometry.replaced_box(box, _aspect(name), *image.shape[:2])
            edited.append(_paste_sprite(inpaint_diffusion(image, mask), name, goal))
        return edited

    def relabel(self, label, option):
        return self.options[option]

    def adds(self, option):
        return None


class Add:
    name = "add"
    action = "add"
    target = "any"
    options = SPRITE_OPTIONS

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            box = None if mask.min() == 255 else mask_box(mask, 8)
            name = self.options[option]
            if box is not None and box[2] == 0:
                edited.append(Edited(image.copy(), mask))
                continue
            goal = geometry.beside_box(box, _aspect(name), *image.shape[:2])
            edited.append(_paste_sprite(image, name, goal))
        return edited

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return self.options[option]


class Background:
    name = "background"
    action = "background"
    target = "region"
    options = BACKGROUND_OPTIONS

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            picture = library_backgrounds()[self.options[option]].image
            height, width = image.shape[:2]
            edited.append(Edited(blend(image, resize_cover(picture, width, height), mask), mask))
        return edited

    def relabel(self, label, option):
        return label

    def adds(self, option):
        return None
