"""Tools that repair a degraded photo."""

from __future__ import annotations

from editenv.imaging import degrade, restore, tone
from editenv.tools.pixel_tool import PixelTool, whole_photo

DENOISE_MEDIAN = PixelTool(
    "denoise_median",
    "denoise",
    "image",
    whole_photo(restore.denoise_median),
    {"light": 3, "medium": 5, "strong": 7},
)
DENOISE_GUIDED = PixelTool(
    "denoise_guided", "denoise", "image", whole_photo(restore.denoise_guided), degrade.NOISE
)
DEBLUR = PixelTool("deblur", "deblur", "image", whole_photo(restore.deblur), degrade.BLUR)
DEBLOCK = PixelTool("deblock", "deblock", "image", whole_photo(restore.deblock), degrade.QUALITY)
LOW_LIGHT = PixelTool(
    "low_light",
    "low_light",
    "image",
    whole_photo(tone.lift_shadows),
    {
        "slight lift": 1 / degrade.DARKNESS["light"],
        "lift": 1 / degrade.DARKNESS["medium"],
        "strong lift": 1 / degrade.DARKNESS["strong"],
    },
)
