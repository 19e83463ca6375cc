"""Three rivals for removing an object; which one is best depends on what is around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from editenv.imaging import inpaint
from editenv.tools.pixel_tool import PixelTool
from editenv.types import Image, Mask


def _remover(name: str, fill: Callable[[Image, Mask], Image]) -> PixelTool:
    # Not a lambda: tools travel to worker processes.
    edit = partial(_edit, fill)
    return PixelTool(name, "remove", "region", edit, {"fill": None}, removes=True)


def _edit(fill: Callable[[Image, Mask], Image], image: Image, mask: Mask, value: None) -> Image:
    return fill(image, mask)


REMOVE_TEXTURE = _remover("remove_texture", inpaint.inpaint_texture)
REMOVE_DIFFUSION = _remover("remove_diffusion", inpaint.inpaint_diffusion)
REMOVE_MEAN = _remover("remove_mean", inpaint.inpaint_mean)
