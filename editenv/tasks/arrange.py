"""Putting objects into a photograph where they could plausibly be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from editenv.material import Background, Sprite, load_backgrounds, load_sprites
from editenv.material.sized import background_at
from editenv.tasks.scene import Scene, SceneObject
from editenv.types import Box

PLACING_ATTEMPTS = 20
MOST_OVERLAP = 0.10
"""Largest share of the smaller box that two objects may have in common."""

LARGEST_WIDTH = 0.45
"""No object is wider than this share of the picture."""

FAR_SCALE = 0.8
"""Size of a thing on the horizon against one at the lower edge."""

TWIN_COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")


def arrange(
    rng: np.random.Generator, split: str, height: int, width: int, *, count: int, twin: bool = False
) -> Scene:
    """Build a scene of ``count`` objects with different names.

    Args:
        rng: source of all randomness.
        split: whose photographs and sprites to use.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        count: how many objects; fewer stand in the scene when no room is found.
        twin: whether one object has a second of its kind, of another size or colour.
    """
    backgrounds = load_backgrounds(split)
    background = backgrounds[int(rng.integers(len(backgrounds)))]
    photo = background_at(background, width, height)
    if rng.random() < 0.5:
        photo = cv2.flip(photo, 1)
    sprites = load_sprites(split)
    chosen = [sprites[int(i)] for i in rng.choice(len(sprites), count, replace=False)]
    placed: list[SceneObject] = []
    for key, sprite in enumerate(chosen):
        _place(rng, placed, SceneObject(key, sprite, (0, 0, 0, 0)), background, height, width, 1.0)
    if twin and placed:
        _place_twin(rng, placed, len(chosen), background, height, width)
    return Scene(photo, tuple(sorted(placed, key=lambda o: o.box[3])))


def _place_twin(
    rng: np.random.Generator,
    placed: list[SceneObject],
    key: int,
    background: Background,
    height: int,
    width: int,
) -> None:
    first = placed[0]
    if rng.random() < 0.5:
        colours = [c for c in TWIN_COLOURS if c != first.colour]
        colour = colours[int(rng.integers(len(colours)))]
        second = replace(first, key=key, edits=(("recolour", colour),))
        _place(rng, placed, second, background, height, width, 1.0)
    else:
        second = replace(first, key=key)
        _place(rng, placed, second, background, height, width, 0.6)


def _place(
    rng: np.random.Generator,
    placed: list[SceneObject],
    item: SceneObject,
    background: Background,
    height: int,
    width: int,
    factor: float,
) -> None:
    """Add the object where there is room; leave it out where there is none."""
    for _ in range(PLACING_ATTEMPTS):
        box = _random_box(rng, item.sprite, background, height, width, factor)
        if has_room(box, placed):
            mirrored = bool(rng.random() < 0.5)
            placed.append(SceneObject(item.key, item.sprite, box, mirrored, edits=item.edits))
            return


def _random_box(
    rng: np.random.Generator,
    sprite: Sprite,
    background: Background,
    height: int,
    width: int,
    factor: float,
) -> Box:
    bottom = _random_bottom(rng, sprite, background.horizon)
    share = sprite.scale * factor * _between(rng, 0.9, 1.15)
    if sprite.placement == "ground":
        nearness = (bottom - background.horizon) / max(1.0 - background.horizon, 1e-6)
        share *= FAR_SCALE + (1.0 - FAR_SCALE) * min(max(nearness, 0.0), 1.0)
    rows, columns = sprite.rgba.shape[:2]
    tall = share * height
    wide = tall * columns / rows
    shrink = min(1.0, LARGEST_WIDTH * width / wide)
    tall, wide = max(round(tall * shrink), 4), max(round(wide * shrink), 4)
    bottom_pixel = min(max(round(bottom * height), tall), height)
    left = int(rng.integers(0, max(width - wide, 0) + 1))
    return (left, bottom_pixel - tall, left + wide, bottom_pixel)


def _random_bottom(rng: np.random.Generator, sprite: Sprite, horizon: float) -> float:
    if sprite.placement == "ground":
        return _between(rng, min(horizon + 0.05, 0.9), 0.98)
    if sprite.placement == "sky":
        return _between(rng, 0.3, max(horizon, 0.45))
    return _between(rng, 0.35, 0.95)


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """The number that ``rng.uniform`` gives, without the time for its checks."""
    return low + (high - low) * rng.random()


def shared_area(first: Box, second: Box) -> float:
    """Intersection of two boxes as a share of the smaller one, 0 to 1."""
    left, top, right, bottom = first
    other_left, other_top, other_right, other_bottom = second
    wide = min(right, other_right) - max(left, other_left)
    if wide <= 0:
        return 0.0
    tall = min(bottom, other_bottom) - max(top, other_top)
    if tall <= 0:
        return 0.0
    area = (right - left) * (bottom - top)
    other_area = (other_right - other_left) * (other_bottom - other_top)
    return wide * tall / max(min(area, other_area), 1)


def has_room(box: Box, others: Sequence[SceneObject], most: float = MOST_OVERLAP) -> bool:
    """Whether a box overlaps none of the objects by more than ``most``."""
    return all(shared_area(box, o.box) <= most for o in others)
