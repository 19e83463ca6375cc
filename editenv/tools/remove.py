"""Three rivals for removing an object; which one is best depends on what is around it."""

from __future__ import annotations

from collections.abc import Callable

from editenv.imaging import inpaint
from editenv.tools.pixel_tool import PixelTool
from editenv.types import Image, Mask


def _remover(name: str, fill: Callable[[Image, Mask], Image]) -> PixelTool:
    return PixelTool(
        name,
        "remove",
        "region",
        lambda image, mask, value: fill(image, mask),
        {"fill": None},
        removes=True,
    )


REMOVE_TEXTURE = _remover("remove_texture", inpaint.inpaint_texture)
REMOVE_DIFFUSION = _remover("remove_diffusion", inpaint.inpaint_diffusion)
REMOVE_MEAN = _remover("remove_mean", inpaint.inpaint_mean)
