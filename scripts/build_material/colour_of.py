"""Names the colour that clearly dominates a sprite, if one does."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

DOMINANT_SHARE = 0.5
RUNNER_UP_SHARE = 0.3
HUES = (
    (14, "red"), (40, "orange"), (68, "yellow"), (160, "green"), (192, "teal"),
    (252, "blue"), (292, "purple"), (332, "pink"), (361, "red"),
)  # fmt: skip


def colour_name(red: int, green: int, blue: int) -> str:
    """Return the everyday name of one RGB colour (0..255 each), one of the 12 recolour names."""
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.2 or (value < 0.35 and saturation < 0.3):
        return "black"
    if saturation < 0.18:
        return "white" if value > 0.8 else "grey"
    name = next(name for limit, name in HUES if hue * 360 < limit)
    warm = hue * 360 < 50 or hue * 360 > 335
    if warm and saturation < 0.8 and (value < 0.55 or (value < 0.72 and 5 < hue * 360 < 50)):
        return "brown"
    if name == "red" and value > 0.85 and saturation < 0.55:
        return "pink"
    return name


def dominant_colour(rgba: NDArray[np.uint8]) -> str | None:
    """Return the colour of most of a sprite's opaque pixels, or None if no colour leads clearly.

    Args:
        rgba: (h, w, 4) uint8 sprite.
    """
    solid = rgba[rgba[..., 3] > 200][:, :3]
    counts: dict[str, int] = {}
    # 4 bits a channel are plenty for naming and spare most of the conversions.
    shades, amounts = np.unique(solid // 16, axis=0, return_counts=True)
    for shade, amount in zip(shades, amounts, strict=True):
        name = colour_name(*(int(channel) * 16 + 8 for channel in shade))
        counts[name] = counts.get(name, 0) + int(amount)
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    total = sum(counts.values())
    if not total or ranked[0][1] < DOMINANT_SHARE * total:
        return None
    if len(ranked) > 1 and ranked[1][1] > RUNNER_UP_SHARE * total:
        return None
    return ranked[0][0]
