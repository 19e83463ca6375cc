"""How much of a photograph can be guessed from what lies beside it."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.types import Box, Image

SIDE = 32
"""Pixels of a side at which a photograph is judged: texture is gone, and things are still there."""

_SHARES = tuple(np.linspace(0.0, 1.0, width, dtype=np.float32) for width in range(1, SIDE + 1))
"""By width less one: how far each pixel of a row is on the way to the last one."""


class CalmPlaces:
    """Finds out where nothing but ground is hidden by a thing.

    Args:
        photo: (H, W, 3) uint8.
    """

    def __init__(self, photo: Image) -> None:
        small = cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        self._small = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        self._scale = SIDE / photo.shape[1], SIDE / photo.shape[0]

    def unrest(self, box: Box) -> float:
        """Return how far the rows in a box are from straight lines between their ends.

        Args:
            box: in pixels of the photograph.

        Returns:
            Mean difference in grey levels, 0 to 255.
        """
        across, down = self._scale
        left, right = max(int(box[0] * across) - 1, 0), min(int(box[2] * across) + 1, SIDE - 1)
        top, bottom = max(int(box[1] * down), 0), min(int(box[3] * down) + 2, SIDE)
        rows = self._small[top:bottom, left : right + 1]
        start = rows[:, :1]
        straight = (rows[:, -1:] - start) * _SHARES[right - left] + start
        return cv2.norm(rows, straight, cv2.NORM_L1) / rows.size
