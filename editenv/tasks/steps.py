"""Steps of an edit on a layered scene: the exact result of every action on an object or a photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from editenv.imaging import geometry
from editenv.material import Sprite, library_backgrounds, library_sprites
from editenv.material.sized import background_at
from editenv.tasks.look import run_pixel_edit
from editenv.tasks.scene import Scene, SceneObject
from editenv.tools.geometry import SCALE_FACTORS
from editenv.types import Box

PHOTO = -1
"""Key of the whole photograph, as a step's subject."""

SURROUNDINGS = -2
"""Key of the background, as a step's subject."""


@dataclass(frozen=True)
class Step:
    """One action on one subject.

    Attributes:
        action: an action of the tools, such as ``"recolour"``.
        key: the object's key in its scene, ``PHOTO`` or ``SURROUNDINGS``.
        goal: name of the option, ``""`` where there is only one.
    """

    action: str
    key: int
    goal: str = ""


PIXEL_ACTIONS = frozenset({"recolour", "brightness", "saturation", "blur", "pixelate", "sharpen"})
"""Actions that change pixels where they are; each is also the name of the tool that does it."""


def apply_step(scene: Scene, step: Step) -> Scene:
    """Return the scene after one step, rendered from its layers."""
    if step.action in PIXEL_ACTIONS:
        return _edit_pixels(scene, step)
    return _ACTIONS[step.action](scene, step)


def _edit_pixels(scene: Scene, step: Step) -> Scene:
    edit = (step.action, step.goal)
    if step.key >= 0:
        item = scene.find(step.key)
        return scene.with_object(replace(item, edits=(*item.edits, edit)))
    mask = np.full(scene.photo.shape[:2], 255, np.uint8)
    if step.key == SURROUNDINGS:
        mask = scene.background_mask
    photo = run_pixel_edit(edit, scene.photo, mask)
    if step.key == SURROUNDINGS:
        return Scene(photo, scene.objects)
    objects = tuple(replace(o, edits=(*o.edits, edit)) for o in scene.objects)
    return Scene(photo, objects)


def _remove(scene: Scene, step: Step) -> Scene:
    return scene.without(step.key)


def _at(scene: Scene, step: Step, box: Box) -> Scene:
    return scene.with_front(replace(scene.find(step.key), box=box))


def _move(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    box = geometry.moved_box(scene.find(step.key).box, step.goal, height, width)
    return _at(scene, step, box)


def _scale(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    factor = SCALE_FACTORS[step.goal]
    return _at(scene, step, geometry.scaled_box(scene.find(step.key).box, factor, height, width))


def _flip(scene: Scene, step: Step) -> Scene:
    if step.key == PHOTO:
        return _flip_photo(scene, step.goal)
    item = scene.find(step.key)
    return scene.with_object(_flipped(item, step.goal))


def _flipped(item: SceneObject, goal: str) -> SceneObject:
    if goal == "horizontal":
        return replace(item, mirrored=not item.mirrored)
    return replace(item, inverted=not item.inverted)


def _flip_photo(scene: Scene, goal: str) -> Scene:
    height, width = scene.photo.shape[:2]

    def turned(item: SceneObject) -> SceneObject:
        left, top, right, bottom = item.box
        if goal == "horizontal":
            box = (width - right, top, width - left, bottom)
        else:
            box = (left, height - bottom, right, height - top)
        return replace(_flipped(item, goal), box=box)

    flipped = scene.photo[:, ::-1] if goal == "horizontal" else scene.photo[::-1]
    return Scene(np.ascontiguousarray(flipped), tuple(turned(o) for o in scene.objects))


def _library_object(key: int, name: str, place: Callable[[float], Box]) -> SceneObject:
    sprite: Sprite = library_sprites()[name]
    height, width = sprite.rgba.shape[:2]
    return SceneObject(key, sprite, place(width / height))


def _replace(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    old = scene.find(step.key).box
    new = _library_object(
        step.key, step.goal, lambda aspect: geometry.replaced_box(old, aspect, height, width)
    )
    return scene.with_front(new)


def _add(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    anchor = None if step.key == PHOTO else scene.find(step.key).box
    key = max((o.key for o in scene.objects), default=-1) + 1
    new = _library_object(
        key, step.goal, lambda aspect: geometry.beside_box(anchor, aspect, height, width)
    )
    return scene.with_front(new)


def _background(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    picture = library_backgrounds()[step.goal]
    return Scene(background_at(picture, width, height), scene.objects)


_ACTIONS: dict[str, Callable[[Scene, Step], Scene]] = {
    "remove": _remove,
    "move": _move,
    "scale": _scale,
    "flip": _flip,
    "replace": _replace,
    "add": _add,
    "background": _background,
}
