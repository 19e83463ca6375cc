"""Tools for a whole photo."""

from __future__ import annotations

from editenv.imaging import tone
from editenv.tools.pixel_tool import PixelTool, whole_photo

WHITE_BALANCE = PixelTool(
    "white_balance",
    "white_balance",
    "image",
    whole_photo(tone.white_balance),
    {"much cooler": -0.5, "cooler": -0.22, "warmer": 0.22, "much warmer": 0.5},
)
EXPOSURE = PixelTool(
    "exposure",
    "exposure",
    "image",
    whole_photo(tone.exposure),
    {"-1 EV": -1.0, "-0.5 EV": -0.5, "+0.5 EV": 0.5, "+1 EV": 1.0},
)
