"""Labelled crops for the image encoder: scenes, edits on them, proposals, and what they show.

Used by ``train_image_encoder.py`` and ``perception_figures.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.encoders.crops import WHOLE_PICTURE, crop_of
from editenv.grounders.proposals import noisy_proposals
from editenv.imaging.colour import (
    COLOURS,
    adjust_brightness,
    adjust_contrast,
    adjust_saturation,
    dominant_colour,
    recolour,
)
from editenv.imaging.compose import carve, lay
from editenv.tasks.arrange import arrange
from editenv.tasks.stage import Cast
from editenv.types import BACKGROUND, Image, Region

SIZES = (64, 96, 128, 192, 256)
"""Sides of the pictures in training, and how often each comes."""
SIZE_SHARES = (0.25, 0.2, 0.4, 0.08, 0.07)

ROOM = 9
"""Proposals a picture at most: as many as a default environment has slots."""

DARK, BRIGHT = 28.0, 74.0
"""Mean lightness (0 to 100) below which an object is called dark, and above which bright."""

GREY = 1.5
"""Mean chroma below which a whole picture is grey."""

KEPT = 0.3
"""A covered object counts as long as this share of it is seen."""

Sticker = tuple[Image, NDArray[Any]]
"""Pixels and mask of an object, cut out to cover another one."""


@dataclass(frozen=True, eq=False)
class Example:
    """A crop and what it shows.

    Attributes:
        crop: see ``crop_of``.
        kind: ``"object"``, ``"background"``, ``"part"``, ``"pair"``, ``"piece"`` or ``"whole"``.
        names: of the objects that it is or is made of.
        colour: of an object's pixels as they are now; of a whole picture "grey" or "".
        light: ``"dark"``, ``"bright"`` or ``""``.
        area: pixels of the mask.
        changed: what was done to it: any of ``"recoloured"``, ``"covered"``, ``"edited"``.
        setting: where the scene is, of a whole picture.
        source: split of the cut-out that an object is.
    """

    crop: NDArray[Any]
    kind: str
    names: tuple[str, ...]
    colour: str
    light: str
    area: int
    changed: frozenset[str] = frozenset()
    setting: str = ""
    source: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """What may be said of it, the plainest first."""
        if self.kind == "object":
            adjectives = [word for word in (self.colour, self.light) if word]
            return (self.names[0], *(f"{word} {self.names[0]}" for word in adjectives))
        if self.kind == "part":
            return (f"part of a {self.names[0]}",)
        if self.kind == "pair":
            return (" and ".join(self.names),)
        if self.kind == "whole":
            looks = f"{self.colour or self.light} picture".strip()
            return (WHOLE_PICTURE, f"picture of a {self.setting}", looks)
        return (BACKGROUND,)


class Painter:
    """Makes edited scenes with known contents.

    Args:
        split: whose material.
        rng: source of all randomness.
        edits: share of the objects that are edited, 0 to 1.
        cover: share of the scenes in which an object is covered in part.
        photo: share of the pictures that are edited as a whole.
        recolours: share of the edited objects that are recoloured.
        cast: what can be shown; None for that of the split.
    """

    def __init__(
        self,
        split: str,
        rng: np.random.Generator,
        *,
        edits: float = 0.5,
        cover: float = 0.25,
        photo: float = 0.2,
        recolours: float = 0.6,
        cast: Cast | None = None,
    ) -> None:
        self.split, self.rng, self.cast = split, rng, cast
        self.edits, self.cover, self.photo, self.recolours = edits, cover, photo, recolours
        self._sticker: Sticker | None = None

    def examples(self, side: int | None = None) -> Iterator[Example]:
        """Paint one scene and yield a crop of each proposal and of the whole picture."""
        rng = self.rng
        side = side or int(rng.choice(SIZES, p=SIZE_SHARES))
        count, twin = int(rng.integers(1, 5)), bool(rng.random() < 0.15)
        scene = arrange(rng, self.split, side, side, count=count, twin=twin, cast=self.cast)
        image, regions = scene.image.copy(), scene.regions()
        changes: list[set[str]] = [set() for _ in regions]
        for index, region in enumerate(regions):
            if region.label != BACKGROUND and rng.random() < self.edits:
                image, change = self._edited(image, region)
                changes[index].add(change)
        sticker = _sticker(image, regions, rng)
        if self._sticker is not None and rng.random() < self.cover:
            regions = self._covered(image, regions, changes)
        self._sticker = sticker or self._sticker
        if rng.random() < self.photo:
            image = self._photo_edit(image)
        sources = {item.label: item.sprite.split for item in scene.objects}
        for example in self._described(image, regions, changes):
            source = sources[example.names[0]] if example.kind == "object" else ""
            yield replace(example, setting=scene.stage.setting, source=source)

    def _described(
        self,
        image: Image,
        regions: tuple[Region, ...],
        changes: list[set[str]],
    ) -> Iterator[Example]:
        height, width = image.shape[:2]
        kinds = [(p.region, p.kind, p.of) for p in noisy_proposals(regions, self.rng, ROOM)]
        for region, kind, of in (*kinds, (Region.whole(height, width), "whole", ())):
            names = tuple(regions[index].label for index in of)
            changed = frozenset().union(*(changes[index] for index in of))
            colour = light = ""
            if kind in ("object", "whole"):
                light, chroma = _measured(image, region)
                colour = "grey" if chroma < GREY else ""
            if kind == "object":
                colour = dominant_colour(image, region.mask)
            area = int(np.count_nonzero(region.mask > 127))
            yield Example(crop_of(image, region), kind, names, colour, light, area, changed)

    def _edited(self, image: Image, region: Region) -> tuple[Image, str]:
        rng = self.rng
        if rng.random() < self.recolours:
            colour = str(rng.choice(list(COLOURS)))
            return recolour(image, region.mask, colour), "recoloured"
        if rng.random() < 0.6:
            amount = float(rng.uniform(0.2, 0.6) * rng.choice((-1, 1)))
            return adjust_brightness(image, region.mask, amount), "edited"
        factor = float(rng.choice((0.0, 0.4, 1.6, 2.2)))
        return adjust_saturation(image, region.mask, factor), "edited"

    def _photo_edit(self, image: Image) -> Image:
        rng, whole = self.rng, np.full(image.shape[:2], 255, np.uint8)
        choice = int(rng.integers(6))
        if choice == 0:
            return adjust_saturation(image, whole, float(rng.choice((0.0, 0.0, 0.5, 1.7))))
        if choice == 1:
            return adjust_brightness(image, whole, float(rng.uniform(-0.6, 0.6)))
        if choice == 2:
            return adjust_contrast(image, whole, float(rng.uniform(0.4, 1.8)))
        if choice == 3:
            return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, image.shape[0] / 64)))
        if choice == 4:
            gains = rng.uniform(0.75, 1.25, 3)
            return np.clip(image * gains, 0, 255).astype(np.uint8)
        noise = rng.normal(0, rng.uniform(5, 25), image.shape)
        return np.clip(image + noise, 0, 255).astype(np.uint8)

    def _covered(
        self, image: Image, regions: tuple[Region, ...], changes: list[set[str]]
    ) -> tuple[Region, ...]:
        """Lay the last scene's object over a third to a half of one of this scene, in place."""
        things = [i for i, region in enumerate(regions) if region.label != BACKGROUND]
        if not things or self._sticker is None:
            return regions
        rng, chosen = self.rng, int(self.rng.choice(things))
        left, top, right, bottom = regions[chosen].box
        wide, tall = right - left, bottom - top
        size = (
            max(4, round(wide * rng.uniform(0.6, 1.0))),
            max(4, round(tall * rng.uniform(0.6, 1))),
        )
        pixels, mask = (cv2.resize(part, size) for part in self._sticker)
        # Its middle lies near the outline of what it covers.
        turn = rng.uniform(0, 2 * np.pi)
        x = round((left + right) / 2 + 0.45 * wide * np.cos(turn) - size[0] / 2)
        y = round((top + bottom) / 2 + 0.45 * tall * np.sin(turn) - size[1] / 2)
        lay(image, pixels, mask, x, y)
        kept: list[Region] = []
        for index, region in enumerate(regions):
            seen = region.mask.copy()
            carve(seen, mask, x, y)
            before, after = np.count_nonzero(region.mask > 127), np.count_nonzero(seen > 127)
            if region.label != BACKGROUND and after < 0.8 * before:
                changes[index].add("covered")
            enough = after >= max(KEPT * before, 12)
            # What is hidden too far to be named is part of the background.
            label = region.label if enough else BACKGROUND
            now = Region.from_mask(label, seen)
            kept.append(now if now.box != (0, 0, 0, 0) else replace(region, label=BACKGROUND))
        return tuple(kept)


def _sticker(image: Image, regions: tuple[Region, ...], rng: np.random.Generator) -> Sticker | None:
    things = [region for region in regions if region.label != BACKGROUND]
    if not things:
        return None
    region = things[int(rng.integers(len(things)))]
    left, top, right, bottom = region.box
    return image[top:bottom, left:right].copy(), region.mask[top:bottom, left:right].copy()


def _measured(image: Image, region: Region) -> tuple[str, float]:
    """Return ``"dark"``, ``"bright"`` or ``""``, and the mean chroma, of the masked pixels."""
    left, top, right, bottom = region.box
    # A thousand pixels say it as well as all of a large region.
    step = max(1, min(right - left, bottom - top) // 32)
    inside = region.mask[top:bottom:step, left:right:step] > 127
    patch = np.ascontiguousarray(image[top:bottom:step, left:right:step])
    lab = cv2.cvtColor(patch, cv2.COLOR_RGB2LAB)[inside].astype(np.float32)
    light = float(lab[:, 0].mean()) / 2.55 if len(lab) else 50.0
    chroma = float(np.abs(lab[:, 1:] - 128).mean()) if len(lab) else 50.0
    return ("dark" if light < DARK else "bright" if light > BRIGHT else ""), chroma
