"""Pictures to learn to see by: scenes of the train split, with what stands where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from editenv.encoders.crops import CropEncoder, crop_of
from editenv.imaging.colour import COLOURS, dominant_colour
from editenv.material import load_cutouts, load_sprites
from editenv.material.records import SPLITS, Sprite
from editenv.tasks.arrange import arrange
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.stage import Cast, cast_of
from editenv.types import BACKGROUND, Image, Region

SPLIT = "train"
"""The only split that anything here is made from."""

COLOUR_NAMES = ("none", *COLOURS)
"""Class by index; ``"none"`` is where the photograph shows."""

EDITED = 0.4
"""Share of the objects that are edited, so that a name does not give its colour away."""

EDITS = (
    *(("recolour", colour) for colour in COLOURS),
    ("brightness", "much darker"),
    ("brightness", "much brighter"),
    ("saturation", "black and white"),
    ("saturation", "vivid"),
)

MOST = 12
"""Things of a picture that are told apart, at most."""


@cache
def object_names() -> tuple[str, ...]:
    """Class by index; the first one is ``""``, where the photograph shows."""
    return ("", *sorted({cutout.name for cutout in load_cutouts(SPLIT)}))


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture and what stands where in it.

    Attributes:
        picture: (side, side, 3) uint8.
        things: (side, side) uint8; 0 is the photograph, i thing number i - 1.
        names: (``MOST``,) uint8, index of ``object_names()`` by thing.
        colours: (``MOST``,) uint8, index of ``COLOUR_NAMES`` by thing.
        embeddings: (``MOST`` + 1, 256) float16, what the environment's image encoder says of the
            background, then of each thing.
    """

    picture: Image
    things: NDArray[np.uint8]
    names: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    embeddings: NDArray[np.float16]


def seen(picture: Image, regions: Sequence[Region]) -> Seen:
    """Say what stands where in a picture.

    Args:
        picture: (side, side, 3) uint8.
        regions: of its things, by name, and its background.
    """
    numbers = {name: number for number, name in enumerate(object_names())}
    things = [region for region in regions if region.label != BACKGROUND][:MOST]
    places = np.zeros(picture.shape[:2], np.uint8)
    names, colours = np.zeros(MOST, np.uint8), np.zeros(MOST, np.uint8)
    for index, region in enumerate(things):
        places[region.mask > 127] = index + 1
        names[index] = numbers[region.label]
        colours[index] = COLOUR_NAMES.index(dominant_colour(picture, region.mask))
    rest = Region.from_mask(BACKGROUND, np.where(places == 0, 255, 0).astype(np.uint8))
    embeddings = np.zeros((MOST + 1, CropEncoder.dimension), np.float16)
    crops = [crop_of(picture, region) for region in (rest, *things)]
    embeddings[: len(crops)] = CropEncoder().run(crops)
    return Seen(picture, places, names, colours, embeddings)


@cache
def cast_with_emoji() -> Cast:
    """Return the cast of `train`, in which a thing may also be the emoji of its name.

    Most names have a single photograph in `train`: an emoji, whatever its style, says which of its
    colours and outlines belong to the name.
    """
    cast = cast_of("photo", SPLIT)
    emoji = {sprite.name: sprite for split in SPLITS for sprite in load_sprites(split)}

    def pictures(name: str, photographed: tuple[Sprite, ...]) -> tuple[Sprite, ...]:
        if name not in emoji:
            return photographed
        drawn = replace(photographed[0], rgba=emoji[name].rgba, colour=None, faces=None)
        return (*photographed, drawn)

    return Cast(
        cast.backgrounds,
        {
            setting: {name: pictures(name, found) for name, found in things.items()}
            for setting, things in cast.things.items()
        },
    )


def random_scene(rng: np.random.Generator, side: int, counts: tuple[int, int] = (1, 5)) -> Scene:
    """Draw a scene of some objects, a few of them in other colours than their own.

    Args:
        rng: source of all randomness.
        side: of the picture, in pixels.
        counts: fewest and most objects, twins not counted; there may be less room.
    """
    fewest, most = counts
    twin = int(rng.integers(1, 3)) if rng.random() < 0.3 else 0
    count = int(rng.integers(fewest, most + 1))
    scene = arrange(rng, SPLIT, side, side, count=count, twin=twin, cast=cast_with_emoji())
    for item in scene.objects:
        if not item.edits and rng.random() < EDITED:
            edit = EDITS[int(rng.integers(len(EDITS)))]
            scene = scene.with_object(replace(item, edits=(edit,)))
    return scene


def colour_of(item: SceneObject) -> str:
    """The colour of most of an object's pixels, also where nobody would call it by one."""
    return item.look.colour_name
