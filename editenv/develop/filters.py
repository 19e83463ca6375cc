"""Smoothing that keeps edges: what highlights, clarity and noise reduction share."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

from editenv.develop.transfer import Plane

WIDE = 32
"""Radius in pixels from which a smaller picture is smoothed instead."""


class Guided:
    """Smooths planes, but for the edges that a guide has there (He, Sun and Tang, ECCV 2010).

    Args:
        guide: (H, W) float32.
        radius: of the windows, in pixels.
        variance: where the guide varies less, planes are smoothed.
    """

    def __init__(self, guide: Plane, radius: int, variance: float) -> None:
        self._guide, self._radius = guide, radius
        self._mean = _box(guide, radius)
        self._own = _box(guide * guide, radius) - self._mean * self._mean
        self._spread = np.maximum(self._own, 0.0) + variance

    def smooth(self, plane: Plane) -> Plane:
        """Return (H, W) float32; the plane may be the guide itself."""
        slope, offset = self.line(plane)
        slope *= self._guide
        slope += offset
        return slope

    def line(self, plane: Plane) -> tuple[Plane, Plane]:
        """Return slope and offset that make the smoothed plane of the guide."""
        if plane is self._guide:
            mean, common = self._mean, self._own
        else:
            mean = _box(plane, self._radius)
            common = _box(self._guide * plane, self._radius) - self._mean * mean
        slope = common / self._spread
        offset = mean - slope * self._mean
        return _box(slope, self._radius), _box(offset, self._radius)


class Smoothing:
    """Smooths a plane by itself, with windows that grow with the picture.

    Wide windows work on a smaller picture, which tells as much (He and Sun, "Fast Guided Filter",
    2015). So a large plane need not be held: its rows are shown some at a time, and then smoothed
    likewise.

    Args:
        height: of the plane.
        width: of the plane.
        share: radius of the windows, as a share of the longer side.
        variance: what varies less than this is smoothed.
    """

    def __init__(self, height: int, width: int, share: float, variance: float) -> None:
        self._height, self._width, self._variance = height, width, variance
        self._radius = max(round(share * max(height, width)), 1)
        self._shrunk = self._radius // (WIDE // 2) if self._radius >= WIDE else 1
        self._rows = np.empty((height, max(width // self._shrunk, 1)), np.float32)

    def show(self, plane: Plane, rows: slice) -> None:
        """Take in some rows, (h, W) float32; all must be shown before any is smoothed."""
        size = self._rows.shape[1], len(plane)
        cv2.resize(plane, size, dst=self._rows[rows], interpolation=cv2.INTER_AREA)

    def smooth(self, plane: Plane, rows: slice) -> Plane:
        """Return the same rows smoothed."""
        slope, offset = (self._stretched(part, rows) for part in self._line)
        return slope * plane + offset

    @cached_property
    def _line(self) -> tuple[Plane, Plane]:
        """Slope and offset, as wide as the plane, but only as high as the smaller picture."""
        size = self._rows.shape[1], max(self._height // self._shrunk, 1)
        small = cv2.resize(self._rows, size, interpolation=cv2.INTER_AREA)
        slope, offset = Guided(small, self._radius // self._shrunk, self._variance).line(small)
        wide = self._width, size[1]
        return cv2.resize(slope, wide), cv2.resize(offset, wide)

    def _stretched(self, part: Plane, rows: slice) -> Plane:
        """Return some rows of a part that is stretched to the plane's height, linearly."""
        if self._shrunk == 1:
            return part[rows]
        last = len(part) - 1
        wanted = np.arange(rows.start, rows.stop, dtype=np.float64)
        place = (wanted + 0.5) * len(part) / self._height - 0.5
        above = np.floor(place).astype(np.intp)
        share = (place - above).astype(np.float32)[:, None]
        upper, lower = part[above.clip(0, last)], part[(above + 1).clip(0, last)]
        upper *= 1.0 - share
        lower *= share
        upper += lower
        return upper


def _box(plane: Plane, radius: int) -> Plane:
    side = 2 * radius + 1
    return cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
