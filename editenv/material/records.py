"""The two kinds of picture material: sprites to place and backgrounds to place them on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test", "library")
"""Splits of emoji and backgrounds: no photograph and no emoji is in two; tools offer library."""

CUTOUT_SPLITS = ("train", "validation", "test", "novel")
"""Splits of cut-outs: train names every object of test; novel holds names that train never has."""

PLACEMENTS = ("ground", "sky", "any")

SETTINGS = ("meadow", "yard", "street", "table")
"""Where things go together: large animals, small ones and toys, vehicles, small things."""

FACES = ("left", "right")

COLOURS = (
    "red",
    "orange",
    "yellow",
    "green",
    "teal",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "white",
    "grey",
)
"""What a thing's colour can be called."""


@dataclass(frozen=True, eq=False)
class Sprite:
    """A named object with transparency, ready to be placed in a scene: a cut-out or an emoji.

    Attributes:
        name: what a person would call it, lower case: ``"teddy bear"`` as in "the teddy bear".
        category: what kind of thing it is, such as ``"animals"``.
        split: one of ``SPLITS`` (emoji) or ``CUTOUT_SPLITS`` (photographic).
        colour: its clearly dominant colour, one of ``COLOURS``, or None.
        scale: plausible height as a share of the picture's height, 0.18..0.42.
        placement: where it belongs, one of ``PLACEMENTS``.
        rgba: (h, w, 4) uint8, tightly cropped, straight alpha, read-only. The longest side is 96
            for emoji, at most 256 for photographic ones.
        plural: as in "the geese".
        settings: those of ``SETTINGS`` that it suits; empty for emoji.
        height: real height in metres of what is seen; for emoji in proportion to ``scale``.
        faces: which way it looks, one of ``FACES``, or None.
        mirror: whether it may be mirrored without anybody noticing.
    """

    name: str
    category: str
    split: str
    colour: str | None
    scale: float
    placement: str
    rgba: NDArray[np.uint8]
    plural: str
    settings: tuple[str, ...]
    height: float
    faces: str | None
    mirror: bool


@dataclass(frozen=True, eq=False)
class Background:
    """A square piece of a photograph.

    Attributes:
        name: unique; for the library a word a person would use, such as ``"beach"``.
        photo: id of the photograph it was cut from, as in ``data/photos.json``.
        split: one of ``SPLITS``.
        image: (256, 256, 3) uint8 RGB, read-only.
        horizon: vanishing line of the ground, as a share of the height from the top; below 0 for
            a camera that looks down.
        settings: those of ``SETTINGS`` that it suits; empty where nothing can stand credibly.
        ground: top and bottom, shares of the height, between which things may have their foot.
        free: left and right, shares of the width, between which no obstacle is in the way.
    """

    name: str
    photo: str
    split: str
    image: NDArray[np.uint8]
    horizon: float
    settings: tuple[str, ...]
    ground: tuple[float, float]
    free: tuple[float, float]
