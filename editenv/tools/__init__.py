"""Tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from editenv.imaging import colour, filters, inpaint
from editenv.tools.base import Edited, Tool
from editenv.tools.compose import Add, Background, Replace
from editenv.tools.geometry import Crop, Flip, Move, Scale
from editenv.tools.pixels import PixelTool

_TOOLS = [
    PixelTool("recolour", "recolour", "region", colour.recolour, {c: c for c in colour.COLOURS}),
    PixelTool("brightness", "brightness", "any", colour.adjust_brightness,
        {"much darker": -0.28, "darker": -0.13, "brighter": 0.13, "much brighter": 0.28}),
    PixelTool("contrast", "contrast", "any", colour.adjust_contrast,
        {"much flatter": 0.45, "flatter": 0.7, "punchier": 1.4, "much punchier": 1.9}),
    PixelTool("saturation", "saturation", "any", colour.adjust_saturation,
        {"black and white": 0.0, "muted": 0.5, "vivid": 1.7}),
    PixelTool("blur", "blur", "any", filters.blur, {"soft": 0.06, "strong": 0.2}),
    PixelTool("pixelate", "pixelate", "any", filters.pixelate, {"fine": 8, "coarse": 4}),
    PixelTool("sharpen", "sharpen", "any", filters.sharpen, {"gentle": 0.8, "strong": 2.0}),
    PixelTool("remove_texture", "remove", "region", lambda i, m, v: inpaint.inpaint_texture(i, m), {"fill": 0}, True),
    PixelTool("remove_diffusion", "remove", "region", lambda i, m, v: inpaint.inpaint_diffusion(i, m), {"fill": 0}, True),
    PixelTool("remove_mean", "remove", "region", lambda i, m, v: inpaint.inpaint_mean(i, m), {"fill": 0}, True),
    Move(), Scale(), Flip(), Replace(), Add(), Background(), Crop(),
]
TOOLS: dict[str, Callable[[], Tool]] = {t.name: (lambda t=t: t) for t in _TOOLS}
TOOL_PRESETS = {
    "objects": ["recolour", "brightness", "saturation", "blur", "pixelate", "remove_texture",
        "remove_diffusion", "remove_mean", "move", "scale", "flip", "replace", "add", "background"],
    "photo": ["contrast", "saturation", "brightness", "crop", "sharpen"],
    "restore": [],
    "all": list(TOOLS),
}


@cache
def make_tool(name: str) -> Tool:
    return TOOLS[name]()


def make_tools(tools: str | Sequence[str | Tool]) -> tuple[Tool, ...]:
    names = TOOL_PRESETS[tools] if isinstance(tools, str) else tools
    return tuple(make_tool(t) if isinstance(t, str) else t for t in names)
