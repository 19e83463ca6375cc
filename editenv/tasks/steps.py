"""Steps of an edit on a layered scene: the exact result of every action on an object or a photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from editenv.imaging import geometry
from editenv.material import library_sprites
from editenv.material.loader import library_backgrounds
from editenv.material.sized import background_at
from editenv.tasks.look import run_pixel_edit
from editenv.tasks.scene import Scene, SceneObject
from editenv.tools import find_operation
from editenv.tools.scale import SCALE_FACTORS
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


@lru_cache(maxsize=16)
def apply_step(scene: Scene, step: Step) -> Scene:
    """Return the scene after one step, rendered from its layers.

    The latest results are remembered: who chooses a step looks at it, and the task needs it again.
    """
    if find_operation(step.action).in_place:
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
        return replace(scene, photo=photo, origin=None)
    objects = tuple(replace(o, edits=(*o.edits, edit)) for o in scene.objects)
    return replace(scene, photo=photo, objects=objects, origin=None)


def _remove(scene: Scene, step: Step) -> Scene:
    return scene.without(step.key)


def _at(scene: Scene, step: Step, goal: Box) -> Scene:
    """Bring the solid part of an object to a box."""
    item = scene.find(step.key)
    return scene.with_front(replace(item, box=geometry.follow(item.box, item.core, goal)))


def _move(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    core = scene.find(step.key).core
    return _at(scene, step, geometry.moved_box(core, step.goal, height, width))


def _scale(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    factor = SCALE_FACTORS[step.goal]
    core = scene.find(step.key).core
    return _at(scene, step, geometry.scaled_box(core, factor, height, width))


def _flip(scene: Scene, step: Step) -> Scene:
    if step.key == PHOTO:
        return _flip_photo(scene, step.goal)
    item = scene.find(step.key)
    place = geometry.turned_box(item.box, item.core, 1 if step.goal == "horizontal" else 0)
    return scene.with_object(replace(_flipped(item, step.goal), box=place))


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
    stage = scene.stage and replace(scene.stage, mirrored=not scene.stage.mirrored)
    upright = stage if goal == "horizontal" else None
    turned_objects = tuple(turned(o) for o in scene.objects)
    photo = np.ascontiguousarray(flipped)
    return replace(scene, photo=photo, objects=turned_objects, origin=None, stage=upright)


def library_box(scene: Scene, step: Step) -> Box:
    """Return where ``replace`` or ``add`` puts what its goal names."""
    size = scene.photo.shape[:2]
    rows, columns = library_sprites()[step.goal].rgba.shape[:2]
    anchor = None if step.key == PHOTO else scene.find(step.key).core
    if step.action == "add":
        return geometry.beside_box(anchor, columns / rows, *size)
    assert anchor is not None
    return geometry.replaced_box(anchor, columns / rows, *size)


def _library_object(scene: Scene, step: Step, key: int) -> Scene:
    box, sprite = library_box(scene, step), library_sprites()[step.goal]
    return scene.with_front(SceneObject(key, sprite, box, light=scene.light))


def _replace(scene: Scene, step: Step) -> Scene:
    return _library_object(scene, step, step.key)


def _add(scene: Scene, step: Step) -> Scene:
    return _library_object(scene, step, max((o.key for o in scene.objects), default=-1) + 1)


def _background(scene: Scene, step: Step) -> Scene:
    height, width = scene.photo.shape[:2]
    picture = library_backgrounds()[step.goal]
    photo = background_at(picture, width, height)
    return replace(scene, photo=photo, origin=None, stage=None)  # another ground plane


_ACTIONS: dict[str, Callable[[Scene, Step], Scene]] = {
    "remove": _remove,
    "move": _move,
    "scale": _scale,
    "flip": _flip,
    "replace": _replace,
    "add": _add,
    "background": _background,
}
