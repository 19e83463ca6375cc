"""How an object looks, wherever it stands: a sprite at a size, turned and edited."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from editenv.caching import remembered
from editenv.imaging.colour import dominant_colour
from editenv.imaging.regions import FAINT
from editenv.material import Sprite
from editenv.material.sized import MEBIBYTE, sprite_at
from editenv.tools import make_tool
from editenv.tools.run import edit_one
from editenv.types import Image, Mask

PixelEdit = tuple[str, str]
"""A tool that changes pixels in place and one of its options, by name."""


def run_pixel_edit(edit: PixelEdit, image: Image, mask: Mask) -> Image:
    """Apply one tool to one picture, (H, W, 3) uint8, inside an (H, W) uint8 mask."""
    tool = make_tool(edit[0])
    return edit_one(tool, image, mask, tool.options.index(edit[1])).image


@dataclass(frozen=True, eq=False)
class Look:
    """The pixels of an object. Its arrays are shared and read-only.

    Attributes:
        colour: (h, w, 3) uint8.
        coverage: (h, w) uint8.
    """

    colour: Image
    coverage: Mask

    def __post_init__(self) -> None:
        """Protect what is shared."""
        self.colour.setflags(write=False)
        self.coverage.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Bytes of its pixels."""
        return self.colour.nbytes + self.coverage.nbytes

    @cached_property
    def colour_name(self) -> str:
        """The name of the colour a person would give it."""
        return dominant_colour(self.colour, self.coverage)


@remembered(16 * MEBIBYTE)
def look_of(
    sprite: Sprite,
    width: int,
    height: int,
    mirrored: bool,
    inverted: bool,
    edits: tuple[PixelEdit, ...],
) -> Look:
    """Return how a sprite looks at a size, turned around, after edits in their order."""
    rgba = sprite_at(sprite, width, height)
    if mirrored:
        rgba = rgba[:, ::-1]
    if inverted:
        rgba = rgba[::-1]
    colour = np.array(rgba[..., :3])
    coverage = np.array(rgba[..., 3])
    if edits:
        # The soft rim is mixed with what lies behind when the layers are put together; here its
        # colour must change like the rest.
        _, solid = cv2.threshold(coverage, FAINT - 1, 255, cv2.THRESH_BINARY)
        for edit in edits:
            colour = run_pixel_edit(edit, colour, solid)
    return Look(colour, coverage)
