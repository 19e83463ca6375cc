"""What tools share that bring in things from the library."""

from __future__ import annotations

import cv2

from editenv.imaging.compose import stand
from editenv.imaging.light import light_of, lit
from editenv.material import library_sprites
from editenv.material.sized import sprite_at
from editenv.tools.base import Edited
from editenv.types import Box, Image


def aspect(name: str) -> float:
    """Width over height of a library object."""
    height, width = library_sprites()[name].rgba.shape[:2]
    return width / height


def put(canvas: Image, name: str, box: Box) -> Edited:
    """Put a library object into a picture that nobody else holds, in the picture's own light."""
    rgba = sprite_at(library_sprites()[name], box[2] - box[0], box[3] - box[1]).copy()
    rgba[..., :3] = lit(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), light_of(canvas))
    return Edited(canvas, stand(canvas, rgba, box))
