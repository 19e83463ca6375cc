"""Tools for colour and tone of a region or the whole image."""

from __future__ import annotations

from editenv.imaging import colour, filters
from editenv.tools.pixel_tool import PixelTool

RECOLOUR = PixelTool(
    "recolour", "recolour", "region", colour.recolour, {name: name for name in colour.COLOURS}
)
BRIGHTNESS = PixelTool(
    "brightness",
    "brightness",
    "any",
    colour.adjust_brightness,
    {"much darker": -0.5, "darker": -0.22, "brighter": 0.22, "much brighter": 0.5},
)
CONTRAST = PixelTool(
    "contrast",
    "contrast",
    "any",
    colour.adjust_contrast,
    {"much flatter": 0.4, "flatter": 0.7, "punchier": 1.5, "much punchier": 2.4},
)
SATURATION = PixelTool(
    "saturation",
    "saturation",
    "any",
    colour.adjust_saturation,
    {"black and white": 0.0, "muted": 0.45, "vivid": 1.9},
)
BLUR = PixelTool("blur", "blur", "any", filters.blur, {"soft": 0.04, "strong": 0.14})
PIXELATE = PixelTool("pixelate", "pixelate", "any", filters.pixelate, {"fine": 7, "coarse": 3})
SHARPEN = PixelTool("sharpen", "sharpen", "any", filters.sharpen, {"gentle": 0.8, "strong": 2.0})
