"""The size that a server works at, and the way back to the picture's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log

import cv2
import numpy as np

from editenv.imaging.resize import resize
from editenv.models.remote.reply import ProblemError
from editenv.types import Image, Mask

SIZES = ("picture", "auto")
"""Sizes besides ``"WIDTHxHEIGHT"``: that of the picture, or what the server likes best."""

_SHAPE_TOLERANCE = 0.06
"""Logarithm of the largest ratio of two shapes that still counts as one: servers round sides to
multiples of 8 to 64."""


@dataclass(frozen=True)
class Frame:
    """Where a picture lies on the canvas that is sent.

    Attributes:
        asked: what the request says as its size.
        canvas: width and height of what is sent.
        box: left, top, width and height of the picture on it.
        picture: width and height of the picture itself.
    """

    asked: str
    canvas: tuple[int, int]
    box: tuple[int, int, int, int]
    picture: tuple[int, int]

    def place(self, image: Image) -> Image:
        """Put (H, W, 3) onto the canvas; its border is drawn out to the canvas's edges."""
        return self._padded(resize(image, *self.box[2:]), cv2.BORDER_REPLICATE)

    def place_mask(self, mask: Mask) -> Mask:
        """Put an (H, W) mask onto the canvas as 0 and 255.

        Every pixel that the region touches is in it, and nothing of what was added.
        """
        full = np.where(mask > 0, np.uint8(255), np.uint8(0))
        return self._padded(np.where(resize(full, *self.box[2:]) > 0, 255, 0).astype(np.uint8))

    def take(self, result: Image) -> Image:
        """Return the picture that lies in a result, at the picture's own size.

        A result of another size, but the same shape, is resized to the canvas (by area where that
        shrinks it, else bicubic), then what was added is cut off, then the rest is resized to the
        picture's size. A result of the right size is not touched.

        Raises:
            ProblemError: it has another shape, so nobody knows where what lies in it.
        """
        tall, wide = result.shape[:2]
        if abs(log(wide / tall * self.canvas[1] / self.canvas[0])) > _SHAPE_TOLERANCE:
            raise ProblemError(
                "bad_response",
                f"{wide} x {tall} came back for {self.canvas[0]} x {self.canvas[1]}: another shape",
                final=True,
            )
        left, top, width, height = self.box
        canvas = resize(result, *self.canvas)
        return resize(canvas[top : top + height, left : left + width], *self.picture)

    def _padded(self, placed: Image, border: int = cv2.BORDER_CONSTANT) -> Image:
        left, top, width, height = self.box
        right, bottom = self.canvas[0] - left - width, self.canvas[1] - top - height
        if left == top == right == bottom == 0:
            return placed
        return np.asarray(cv2.copyMakeBorder(placed, top, bottom, left, right, border, value=0))


def frame_of(size: str, image: Image) -> Frame:
    """Find where a picture goes.

    Args:
        size: ``"picture"`` and ``"auto"`` send it as it is; ``"WIDTHxHEIGHT"`` makes it as large as
            fits, in the middle.
        image: (H, W, 3) uint8.
    """
    tall, wide = image.shape[:2]
    if size in SIZES:
        asked = "auto" if size == "auto" else f"{wide}x{tall}"
        return Frame(asked, (wide, tall), (0, 0, wide, tall), (wide, tall))
    width, height = (int(side) for side in size.split("x"))
    scale = min(width / wide, height / tall)
    placed = max(1, round(wide * scale)), max(1, round(tall * scale))
    corner = (width - placed[0]) // 2, (height - placed[1]) // 2
    return Frame(size, (width, height), (*corner, *placed), (wide, tall))


def checked_size(size: object) -> str:
    """Return the argument where it is a size, else raise ``ValueError``."""
    sides = r"[1-9]\d{1,4}x[1-9]\d{1,4}"
    if isinstance(size, str) and (size in SIZES or re.fullmatch(sides, size)):
        return size
    raise ValueError(f"size={size!r} is not accepted: choose from {SIZES} or give '1024x1024'")
