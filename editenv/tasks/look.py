"""How an object looks, wherever it stands: a sprite at a size, turned and edited."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from editenv.caching import remembered
from editenv.imaging.colour import dominant_colour
from editenv.imaging.compose import Shadow, shadow_of
from editenv.imaging.light import Light, lit
from editenv.imaging.metrics import mean_error
from editenv.imaging.regions import FAINT, square
from editenv.material.records import Sprite
from editenv.material.sized import MEBIBYTE, sprite_at
from editenv.tools import find_operation, make_tool
from editenv.tools.run import edit_one
from editenv.types import Image, Mask

LOPSIDED = 0.3
"""Difference to its mirror image, outline and colours, from which turning a thing around shows."""

BROAD = 0.72
"""Share of a thing's pixels that are not its rim, from which a blur or a mosaic shows on it."""

PixelEdit = tuple[str, str]
"""A tool that changes pixels in place and one of its options, by name."""


def is_pointwise(edit: PixelEdit) -> bool:
    """Whether an edit changes every pixel by itself."""
    return not find_operation(edit[0]).spatial


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

    @cached_property
    def broad(self) -> bool:
        """Whether it is more than outline: legs and twigs are all rim."""
        inside = cv2.threshold(self.coverage, 127, 255, cv2.THRESH_BINARY)[1]
        inner = cv2.erode(inside, square(3), borderType=cv2.BORDER_CONSTANT, borderValue=0)
        return cv2.countNonZero(inner) >= BROAD * cv2.countNonZero(inside)

    @cached_property
    def lopsided(self) -> bool:
        """Whether a mirror shows a clearly different outline or colours."""
        turned = np.ascontiguousarray(self.colour[:, ::-1])
        both = np.minimum(self.coverage, self.coverage[:, ::-1])
        outline = 1.0 - both.sum() / max(int(self.coverage.sum()), 1)
        return mean_error(self.colour, turned, both) + outline > LOPSIDED

    @cached_property
    def shadow(self) -> Shadow:
        """What it darkens of the ground."""
        return shadow_of(self.coverage)

    @cached_property
    def lightness(self) -> float:
        """Mean grey value of its pixels, 0 to 1."""
        return cv2.mean(cv2.cvtColor(self.colour, cv2.COLOR_RGB2GRAY), self.coverage)[0] / 255.0


@remembered(16 * MEBIBYTE)
def look_of(
    sprite: Sprite,
    width: int,
    height: int,
    mirrored: bool,
    inverted: bool,
    light: Light,
    edits: tuple[PixelEdit, ...],
) -> Look:
    """Return how a sprite looks at a size, turned around, in a light, after edits in order."""
    rgba = sprite_at(sprite, width, height)
    if mirrored:
        rgba = cv2.flip(rgba, 1)
    if inverted:
        rgba = cv2.flip(rgba, 0)
    colour = lit(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), light)
    coverage = cv2.extractChannel(rgba, 3)
    if edits:
        # The soft rim is mixed with what lies behind when the layers are put together; here its
        # colour must change like the rest.
        _, solid = cv2.threshold(coverage, FAINT - 1, 255, cv2.THRESH_BINARY)
        for edit in edits:
            colour = run_pixel_edit(edit, colour, solid)
    return Look(colour, coverage)
