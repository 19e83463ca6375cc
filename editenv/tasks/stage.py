"""The ground that things stand on, and how large they look there.

One camera height and one ground plane a scene: a thing of ``h`` metres whose foot is ``r`` below
the vanishing line (as a share of the picture's height) is ``h * r / camera`` tall, whatever the
lens. Sizes and places therefore agree with each other, as they do in a photograph.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from editenv.material import load_backgrounds, load_cutouts, load_sprites
from editenv.material.folder import load_folder_cutouts
from editenv.material.records import Background, Sprite

CAMERAS = {"meadow": 1.6, "yard": 0.6, "street": 1.7, "table": 0.2}
"""By setting: height of the camera above the ground, in metres."""

TOYS = 0.8
"""The same for things that belong nowhere, such as emoji."""


class Framing(NamedTuple):
    """How large things look.

    Attributes:
        smallest: least height, as a share of the picture's.
        tallest: largest height, as a share of the picture's.
        widest: largest width, as a share of the picture's.
    """

    smallest: float
    tallest: float
    widest: float


USUAL = Framing(0.2, 0.62, 0.56)
"""From a fifth of the height on a thing is easy to see."""

ROOMY = Framing(0.2, 0.42, 0.36)
"""Where things are to be moved, or others put beside them."""

ALONE = Framing(0.45, 0.85, 0.85)
"""Who photographs a single thing goes near it."""

TABLE = "table"

FOLDER_PREFIX = "folder:"
MATERIALS = ("photo", "emoji")


@dataclass(frozen=True, eq=False)
class Stage:
    """A photograph with its ground plane.

    Attributes:
        background: the photograph.
        setting: what belongs there, such as ``"street"``; ``""`` where anything does.
        camera: height above the ground, in metres.
        mirrored: whether the photograph is turned around.
    """

    background: Background
    setting: str
    camera: float
    mirrored: bool = False

    def tall(self, metres: float, row: float) -> float:
        """Return how tall a thing looks whose foot is at ``row``; both as shares of the height."""
        return metres * (row - self.background.horizon) / self.camera

    def rows(
        self, sprite: Sprite, size: float = 1.0, framing: Framing = USUAL
    ) -> tuple[float, float] | None:
        """Return between which rows (shares from the top) a thing can stand, None for nowhere.

        Args:
            sprite: the thing.
            size: factor of its real height.
            framing: how large it may look.
        """
        scale = self.camera / (sprite.height * size)
        rows, columns = sprite.rgba.shape[:2]
        horizon, (top, bottom) = self.background.horizon, self.background.ground
        tallest = min(framing.tallest, framing.widest * rows / columns)
        first = max(top, horizon + min(framing.smallest, 0.9 * tallest) * scale)
        last = min(bottom, horizon + tallest * scale)
        return (first, last) if first <= last else None

    @property
    def free(self) -> tuple[float, float]:
        """Between which columns (shares from the left) a foot can stand."""
        left, right = self.background.free
        return (1.0 - right, 1.0 - left) if self.mirrored else (left, right)


@dataclass(frozen=True, eq=False)
class Cast:
    """What can be shown in a split: photographs and things by setting."""

    backgrounds: dict[str, tuple[Background, ...]]
    things: dict[str, dict[str, tuple[Sprite, ...]]]

    def draw_stage(self, rng: np.random.Generator, *, outdoors: bool = False) -> Stage:
        """Draw a setting, a photograph of it and where the camera is."""
        settings = list(self.backgrounds)
        if outdoors and len(settings) > 1:
            settings = [setting for setting in settings if setting != TABLE]
        setting = settings[int(rng.integers(len(settings)))]
        backgrounds = self.backgrounds[setting]
        background = backgrounds[int(rng.integers(len(backgrounds)))]
        height = CAMERAS.get(setting, TOYS) * (0.88 + 0.26 * rng.random())
        return Stage(background, setting, height, bool(rng.random() < 0.5))


def sprites_of(material: str, split: str) -> tuple[Sprite, ...]:
    """Return the things of a material in a split.

    Raises:
        ValueError: an unknown material, or a folder that cannot be used.
    """
    if material == "photo":
        return load_cutouts(split)
    if material == "emoji":
        return load_sprites("test" if split == "novel" else split)
    if material.startswith(FOLDER_PREFIX):
        return load_folder_cutouts(material.removeprefix(FOLDER_PREFIX))
    accepted = [*MATERIALS, f"{FOLDER_PREFIX}PATH"]
    raise ValueError(f"material={material!r} is unknown: choose from {accepted}")


@cache
def cast_of(material: str, split: str) -> Cast:
    """Sort the material of a split by setting; what belongs nowhere can stand anywhere.

    Raises:
        ValueError: an unknown material, a folder that cannot be used, or nothing in it that can
            stand on any photograph.
    """
    by_setting: dict[str, dict[str, list[Sprite]]] = defaultdict(lambda: defaultdict(list))
    for sprite in sprites_of(material, split):
        for setting in sprite.settings or ("",):
            by_setting[setting][sprite.name].append(sprite)
    backgrounds: dict[str, list[Background]] = defaultdict(list)
    for background in load_backgrounds(split):
        for setting in background.settings:
            backgrounds[setting].append(background)
        if background.settings:
            backgrounds[""].append(background)
    known = [setting for setting in ("", *CAMERAS) if setting in by_setting]
    found = {setting: tuple(backgrounds[setting]) for setting in known if backgrounds[setting]}
    if not found:
        raise ValueError(f"material={material!r} has nothing that can be shown in {split!r}")
    return Cast(
        found,
        {
            setting: {name: tuple(group) for name, group in by_setting[setting].items()}
            for setting in found
        },
    )
