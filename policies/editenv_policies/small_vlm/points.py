"""Points on a grid of 16 by 16: a small model learns 16 numbers, not 101."""

from __future__ import annotations

import re

GRID = 16

_POINT = re.compile(r"(\d+) (\d+)")


def coarse(text: str) -> str:
    """Move every point of a text, in percent, to the middle of its cell."""
    return _POINT.sub(lambda found: f"{_middle(found[1])} {_middle(found[2])}", text)


def _middle(percent: str) -> int:
    cell = min(int(percent) * GRID // 100, GRID - 1)
    return int((cell + 0.5) * 100 / GRID)


NUMBERS = tuple(str(int((cell + 0.5) * 100 / GRID)) for cell in range(GRID))
"""All that a coarse point consists of."""
