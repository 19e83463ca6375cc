"""Pictures to learn to see by: scenes of the train split, with what stands in every patch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from editenv.imaging.colour import COLOURS
from editenv.material import load_sprites
from editenv.tasks.arrange import arrange
from editenv.tasks.scene import Scene, SceneObject
from editenv.types import Image

SPLIT = "train"
"""The only split that anything here is made from."""

MATERIAL = "emoji"
"""The only material: the committed model has seen no photographic cut-out."""

COLOUR_NAMES = ("none", *COLOURS)
"""Class by index; ``"none"`` is where the photograph shows."""

RECOLOURED = 0.3
"""Share of the objects that get another colour, so that a name does not give its colour away."""

COVERED = 0.3
"""Share of a patch from which an object is what the patch shows."""


@cache
def object_names() -> tuple[str, ...]:
    """Class by index; the first one is ``""``, where the photograph shows."""
    return ("", *(sprite.name for sprite in load_sprites(SPLIT)))


@dataclass(frozen=True, eq=False)
class Patches:
    """A picture and what its patches show.

    Attributes:
        picture: (side, side, 3) uint8.
        names: (patches,) int64, indices of ``object_names()``, row by row.
        colours: (patches,) int64, indices of ``COLOUR_NAMES``.
    """

    picture: Image
    names: NDArray[np.int64]
    colours: NDArray[np.int64]


def random_scene(rng: np.random.Generator, side: int, counts: tuple[int, int] = (3, 6)) -> Scene:
    """Draw a scene of some objects, a few of them in other colours than their own.

    Args:
        rng: source of all randomness.
        side: of the picture, in pixels.
        counts: fewest and most objects, a twin not counted; there may be less room.
    """
    fewest, most = counts
    twin = bool(rng.random() < 0.25)
    count = int(rng.integers(fewest, most + 1))
    scene = arrange(rng, SPLIT, side, side, count=count, twin=twin, material=MATERIAL)
    for item in scene.objects:
        if not item.edits and rng.random() < RECOLOURED:
            colour = tuple(COLOURS)[int(rng.integers(len(COLOURS)))]
            scene = scene.with_object(replace(item, edits=(("recolour", colour),)))
    return scene


def colour_of(item: SceneObject) -> str:
    """The colour of most of an object's pixels, also where nobody would call it by one."""
    return item.look.colour_name


def patches_of(scene: Scene, patch: int) -> Patches:
    """Say what every patch of a scene shows.

    Args:
        scene: whose objects are sprites of the train split.
        patch: side of a patch in pixels; it divides the picture's.
    """
    height, width = scene.photo.shape[:2]
    shape = height // patch, width // patch
    names, colours = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for item in scene.objects:
        mask = scene.mask_of(item.key).reshape(shape[0], patch, shape[1], patch)
        shown = mask.mean((1, 3)) >= 255 * COVERED
        names[shown] = object_names().index(item.label)
        colours[shown] = COLOUR_NAMES.index(colour_of(item))
    return Patches(scene.image, names.ravel(), colours.ravel())
