"""Tools that change where things are: move, scale, flip, crop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial

import cv2
import numpy as np

from editenv.imaging import geometry
from editenv.imaging.compose import lift, resize_rgba, stand
from editenv.imaging.inpaint import inpaint_texture
from editenv.imaging.regions import bounds, is_whole, solid_bounds
from editenv.tools.base import Edited, Target
from editenv.types import Box, Image, Mask

SCALE_FACTORS = {"half size": 0.5, "smaller": 0.7, "larger": 1.4, "double size": 2.0}
"""By option of ``scale``: the new height over the old one."""


class GeometryTool(ABC):
    """Common part: a loop over the batch, and a region that keeps its name."""

    name: str
    action: str
    target: Target = "region"
    options: tuple[str, ...]

    @abstractmethod
    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Edit one picture; ``mask`` is not empty."""

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch; see ``Tool.apply``. An empty mask changes nothing."""
        return [
            self.edit(image, mask, self.options[option])
            if bounds(mask)[2]
            else Edited(image.copy(), mask)
            for image, mask, option in zip(images, masks, options, strict=True)
        ]

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None


def put_at(image: Image, mask: Mask, core: Box, goal: Box) -> Edited:
    """Take the masked object out, fill the hole, and paste the object into a box.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of the object.
        core: bounds of its solid part.
        goal: where that goes.
    """
    backdrop = inpaint_texture(image, mask)
    rgba, box = lift(image, backdrop, mask)
    place = geometry.follow(box, core, goal)
    size = (place[2] - place[0], place[3] - place[1])
    if size != (box[2] - box[0], box[3] - box[1]):
        rgba = resize_rgba(rgba, *size)
    return Edited(backdrop, stand(backdrop, rgba, place))


class Move(GeometryTool):
    """Moves an object by a quarter of the picture, to an edge or to the centre."""

    name = action = "move"
    options = geometry.MOVE_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Move one object."""
        core = solid_bounds(mask)
        return put_at(image, mask, core, geometry.moved_box(core, option, *image.shape[:2]))


class Scale(GeometryTool):
    """Scales an object about its bottom centre."""

    name = action = "scale"
    options = tuple(SCALE_FACTORS)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Scale one object."""
        core, factor = solid_bounds(mask), SCALE_FACTORS[option]
        return put_at(image, mask, core, geometry.scaled_box(core, factor, *image.shape[:2]))


class Flip(GeometryTool):
    """Mirrors an object where it stands, or the whole image."""

    name = action = "flip"
    target: Target = "any"
    options = ("horizontal", "vertical")

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Mirror one object or picture."""
        axis = 1 if option == "horizontal" else 0
        turn = partial(cv2.flip, flipCode=axis)
        if is_whole(mask):
            return Edited(turn(image), mask, turn)
        backdrop = inpaint_texture(image, mask)
        rgba, box = lift(image, backdrop, mask)
        place = geometry.turned_box(box, solid_bounds(mask), axis)
        return Edited(backdrop, stand(backdrop, turn(rgba), place))


class Crop(GeometryTool):
    """Keeps three quarters of each side and enlarges them to the full size."""

    name = action = "crop"
    target: Target = "image"
    options = geometry.CROP_OPTIONS

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Crop one picture."""
        height, width = image.shape[:2]
        left, top, right, bottom = geometry.crop_window(option, height, width)

        def enlarge(picture: np.ndarray) -> np.ndarray:
            part = picture[top:bottom, left:right]
            return cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)

        return Edited(enlarge(image), mask, enlarge)
