"""What a sub-edit changes in a picture, and how near to that a result must come."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.metrics import mean_error, worst_patch
from editenv.imaging.regions import grown
from editenv.tools import find_operation
from editenv.types import Box, Image, Mask, SubEdit

SMOOTHING = 20
"""Results of inexact actions are compared after a box blur over this fraction of the side."""

LARGEST_PATCH = 0.55
"""Where pixels are invented, the largest error of any small patch, as a share of the edit's own
largest change of a patch: a thing that is missing or left over is small beside the whole mask."""

PATCH = 18
"""A patch is a square of this fraction of the side."""

LEAST_TOLERANCE = 0.002
"""Errors below half a grey level cannot be seen, however small the edit."""

WHOLE_SHARE = 0.99
"""A mask that covers this share of the picture belongs to an edit of the whole photo."""


class Change:
    """What one sub-edit changes, and how near to it a result must come.

    Only the pixels around the mask are looked at; what takes time is measured when first asked for.

    Args:
        edit: the sub-edit.
        before: (H, W, 3) uint8, the picture before it.
        after: (H, W, 3) uint8, the picture after it.

    Attributes:
        edit: the sub-edit.
        mask: (H, W) uint8, 1 where the edit shows, else 0.
        window: bounds of the mask; the whole picture where that is empty.
        inside: the mask in its window; None where it fills that.
        whole: whether the edit is one of the whole photo.
        smooth: whether results are smoothed before they are compared.
        patch: odd side of a patch, in pixels.
    """

    def __init__(self, edit: SubEdit, before: Image, after: Image) -> None:
        self.edit = edit
        self.mask = _hard(edit.mask, before)
        self.window = _window(self.mask)
        inside = _cut(self.mask, self.window)
        self.inside = None if cv2.countNonZero(inside) == inside.size else inside
        self.whole = cv2.countNonZero(self.mask) >= WHOLE_SHARE * self.mask.size
        self.smooth = find_operation(edit.action).inexact
        self.patch = max(min(before.shape[:2]) // PATCH, 1) | 1
        self._pictures = before, after

    @cached_property
    def size(self) -> float:
        """Mean difference between the pictures inside the mask, as a share of full range."""
        before, after = (_cut(picture, self.window) for picture in self._pictures)
        return mean_error(before, after, self.inside)

    def compared(self, picture: Image) -> Image:
        """Return the window of an (H, W, 3) picture as it is compared."""
        return smoothed(picture, self.window) if self.smooth else _cut(picture, self.window)

    @cached_property
    def _wide(self) -> Box:
        """The window, and as far as patches at its border reach."""
        return grown(self.window, self.patch // 2 if self.smooth else 0, *self.mask.shape)

    @cached_property
    def _both(self) -> tuple[Image, Image]:
        """The pictures before and after in the wide window, as they are compared."""
        cut = smoothed if self.smooth else _cut
        before, after = (cut(picture, self._wide) for picture in self._pictures)
        return before, after

    @cached_property
    def before(self) -> Image:
        """The window before the edit, as it is compared."""
        return _cut(self._both[0], _inside(self.window, self._wide))

    @cached_property
    def after(self) -> Image:
        """The window after the edit, as it is compared."""
        return _cut(self._both[1], _inside(self.window, self._wide))

    @cached_property
    def tolerance(self) -> float:
        """The largest mean error."""
        if self.edit.tolerance is not None:
            return self.edit.tolerance
        absolute, relative = find_operation(self.edit.action).tolerance
        size = mean_error(self.before, self.after, self.inside) if self.smooth else self.size
        return max(min(absolute, relative * size), LEAST_TOLERANCE)

    @cached_property
    def patch_tolerance(self) -> float:
        """1, which no patch exceeds, where the edit is exact or has a tolerance of its own."""
        if not self.smooth or self.edit.tolerance is not None:
            return 1.0
        return LARGEST_PATCH * worst_patch(*self._both, _cut(self.mask, self._wide), self.patch)

    @cached_property
    def trace(self) -> NDArray[Any] | None:
        """(h, w, 3) float32: what the edit takes away; None where that cannot be told."""
        if self.edit.tolerance is not None or self.whole:
            return None
        return cv2.subtract(self.before, self.after, mask=self.inside, dtype=cv2.CV_32F)

    @cached_property
    def grain(self) -> float:
        """The grain before or after the edit, where there is more."""
        before, after = self._pictures
        return max(self.grain_of(before, self.before), self.grain_of(after, self.after))

    def grain_of(self, picture: Image, compared: Image) -> float:
        """Return what smoothing takes away from a picture, as a mean share of full range."""
        return mean_error(_cut(picture, self.window), compared, self.inside)


def smoothed(picture: Image, window: Box) -> Image:
    """Blur a window so far that grain and fine texture are gone, and objects are still there.

    A filled hole is right when it looks like what is around it; that every blade of grass grows
    where it did in the original is more than anyone could ask.
    """
    height, width = picture.shape[:2]
    size = max(min(height, width) // SMOOTHING, 1) | 1
    seen = grown(window, size // 2, height, width)
    return _cut(cv2.blur(_cut(picture, seen), (size, size)), _inside(window, seen))


def _hard(mask: Mask | None, like: Image) -> Mask:
    """(H, W) uint8: 1 where the mask counts, else 0."""
    if mask is None:
        return np.ones(like.shape[:2], np.uint8)
    return (mask > 0).view(np.uint8)


def _window(mask: Mask) -> Box:
    """Where the mask is not empty; everywhere when all of it is."""
    left, top, width, height = cv2.boundingRect(mask)
    if width == 0:
        return 0, 0, mask.shape[1], mask.shape[0]
    return left, top, left + width, top + height


def _cut(picture: NDArray[Any], window: Box) -> NDArray[Any]:
    left, top, right, bottom = window
    return picture[top:bottom, left:right]


def _inside(window: Box, other: Box) -> Box:
    """Where a window is in another one that holds it."""
    (left, top, right, bottom), (x, y, _, _) = window, other
    return left - x, top - y, right - x, bottom - y
