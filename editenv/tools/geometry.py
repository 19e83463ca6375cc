"""Tools that move things."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging import geometry
from editenv.imaging.compose import contact_shadow, paste_rgba
from editenv.imaging.inpaint import inpaint_diffusion
from editenv.tools.base import Edited
from editenv.types import Box, Image, Mask, mask_box

SCALE_FACTORS = {"half size": 0.5, "smaller": 0.7, "larger": 1.4, "double size": 2.0}


def _cut(image: Image, mask: Mask, box: Box) -> np.ndarray:
    left, top, right, bottom = box
    return np.dstack([image[top:bottom, left:right], mask[top:bottom, left:right]])


def _put(image: Image, mask: Mask, box: Box, goal: Box) -> Edited:
    rgba = _cut(image, mask, box)
    size = (goal[2] - goal[0], goal[3] - goal[1])
    if size != (box[2] - box[0], box[3] - box[1]):
        shrink = size[1] < rgba.shape[0]
        rgba = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC)
    filled = contact_shadow(inpaint_diffusion(image, mask), goal)
    after, moved = paste_rgba(filled, rgba, goal[0], goal[1])
    return Edited(after, moved)


class _Geometry:
    def relabel(self, label: str, option: int) -> str:
        return label

    def adds(self, option: int) -> str | None:
        return None


class Move(_Geometry):
    name = "move"
    action = "move"
    target = "region"
    options = ("left", "right", "up", "down", "left edge", "right edge", "centre")

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            box = mask_box(mask, 8)
            if box[2] == 0:
                edited.append(Edited(image.copy(), mask))
                continue
            goal = geometry.moved_box(box, self.options[option], *image.shape[:2])
            edited.append(_put(image, mask, box, goal))
        return edited


class Scale(_Geometry):
    name = "scale"
    action = "scale"
    target = "region"
    options = tuple(SCALE_FACTORS)

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            box = mask_box(mask, 8)
            if box[2] == 0:
                edited.append(Edited(image.copy(), mask))
                continue
            factor = SCALE_FACTORS[self.options[option]]
            goal = geometry.scaled_box(box, factor, *image.shape[:2])
            edited.append(_put(image, mask, box, goal))
        return edited


class Flip(_Geometry):
    name = "flip"
    action = "flip"
    target = "any"
    options = ("horizontal", "vertical")

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            code = 1 if option == 0 else 0
            box = mask_box(mask, 8)
            if mask.min() == 255:
                warp = lambda m, c=code: np.ascontiguousarray(cv2.flip(m, c))
                edited.append(Edited(cv2.flip(image, code), mask, warp))
                continue
            if box[2] == 0:
                edited.append(Edited(image.copy(), mask))
                continue
            rgba = cv2.flip(_cut(image, mask, box), code)
            filled = inpaint_diffusion(image, mask)
            after, moved = paste_rgba(filled, rgba, box[0], box[1])
            edited.append(Edited(after, moved))
        return edited


class Crop(_Geometry):
    name = "crop"
    action = "crop"
    target = "image"
    options = ("centre", "left", "right", "top", "bottom")

    def apply(self, images, masks, options):
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            height, width = image.shape[:2]
            x0, y0, x1, y1 = geometry.crop_window(self.options[option], height, width)

            def warp(picture, w=(x0, y0, x1, y1), size=(width, height)):
                return cv2.resize(picture[w[1] : w[3], w[0] : w[2]], size, interpolation=cv2.INTER_LINEAR)

            edited.append(Edited(warp(image), mask, warp))
        return edited
