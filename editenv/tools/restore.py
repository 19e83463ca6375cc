"""Tools that repair a degraded photo."""

from __future__ import annotations

from editenv.imaging import restore, tone
from editenv.tools.pixel_tool import PixelTool, whole_photo

DENOISE_MEDIAN = PixelTool(
    "denoise_median",
    "denoise",
    "image",
    whole_photo(restore.denoise_median),
    {"light": 3, "strong": 5},
)
DENOISE_NLM = PixelTool(
    "denoise_nlm",
    "denoise",
    "image",
    whole_photo(restore.denoise_nlm),
    {"light": 8.0, "strong": 18.0},
)
DEBLUR = PixelTool(
    "deblur", "deblur", "image", whole_photo(restore.deblur), {"light": 0.8, "strong": 1.3}
)
DEBLOCK = PixelTool(
    "deblock", "deblock", "image", whole_photo(restore.deblock), {"light": 15.0, "strong": 35.0}
)
LOW_LIGHT = PixelTool(
    "low_light",
    "low_light",
    "image",
    whole_photo(tone.lift_shadows),
    {"lift": 1 / 1.5, "strong lift": 1 / 2.2},
)
