"""The two kinds of picture material: sprites to place and backgrounds to place them on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPLITS = ("train", "validation", "test", "library")
"""Train, validation and test share no photograph and no sprite; library is what tools offer."""

PLACEMENTS = ("ground", "sky", "any")


@dataclass(frozen=True, eq=False)
class Sprite:
    """A named object with transparency, ready to be placed in a scene.

    Attributes:
        name: what a person would call it, lower case: ``"teddy bear"`` as in "the teddy bear".
        category: what kind of thing it is, such as ``"animals"``.
        split: one of ``SPLITS``.
        colour: its clearly dominant colour, one of the 12 recolour names, or None.
        scale: plausible height as a share of the picture's height, 0.18..0.42.
        placement: where it belongs, one of ``PLACEMENTS``.
        rgba: (h, w, 4) uint8, tightly cropped, longest side 96, straight alpha, read-only.
    """

    name: str
    category: str
    split: str
    colour: str | None
    scale: float
    placement: str
    rgba: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Background:
    """A square piece of a photograph.

    Attributes:
        name: unique; for the library a word a person would use, such as ``"beach"``.
        photo: id of the photograph it was cut from, as in ``data/photos.json``.
        split: one of ``SPLITS``.
        image: (256, 256, 3) uint8 RGB, read-only.
        horizon: height (0..1 from the top) below which things may stand on the ground.
    """

    name: str
    photo: str
    split: str
    image: NDArray[np.uint8]
    horizon: float
