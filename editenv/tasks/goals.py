"""Choosing what to ask for: goals that make sense for a subject and show in the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from editenv.imaging import geometry
from editenv.material import BACKGROUND_OPTIONS, SPRITE_OPTIONS
from editenv.tasks.arrange import has_room, shared_area
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO, SURROUNDINGS, Step, apply_step
from editenv.tools import make_tool
from editenv.tools.geometry import SCALE_FACTORS
from editenv.types import Box

OBJECT_ACTIONS = (
    "recolour",
    "brightness",
    "saturation",
    "blur",
    "pixelate",
    "remove",
    "move",
    "scale",
    "flip",
    "replace",
    "add",
)
"""What can be asked of an object."""

LEAST_TRAVEL = 0.14
"""A move counts from this share of the side; less than that a person would not ask for."""

LARGEST_HEIGHT = 0.75
"""No object is scaled beyond this share of the picture's height."""

LEAST_HEIGHT = 0.10

Chooser = Callable[[np.random.Generator, Scene, int, str], str | None]


def choose_step(rng: np.random.Generator, scene: Scene, action: str, key: int) -> Step | None:
    """Choose a goal for an action on a subject, or None where the action makes no sense."""
    chooser = _CHOOSERS.get(action, _any_option)
    goal = chooser(rng, scene, key, action)
    return None if goal is None else Step(action, key, goal)


def held_out(subject: str, goal: str, share: float = 0.15) -> bool:
    """Whether a (subject, goal) pair is kept from `train`; the same in every process."""
    total = 0
    for character in f"{subject}|{goal}":
        total = (total * 131 + ord(character)) % 1_000_003
    return total / 1_000_003 < share


def _any_option(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    options = make_tool(action).options
    return options[int(rng.integers(len(options)))]


def _pick(rng: np.random.Generator, options: list[str]) -> str | None:
    return options[int(rng.integers(len(options)))] if options else None


def _colour(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    current = scene.find(key).colour
    return _pick(rng, [c for c in make_tool("recolour").options if c != current])


def _removal(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    """Only what stands free: no tool can know what an overlapped neighbour looks like."""
    item = scene.find(key)
    others = [o for o in scene.objects if o.key != key]
    return "" if has_room(item.box, others, 0.0) else None


def _direction(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    height, width = scene.photo.shape[:2]
    item = scene.find(key)
    others = [o for o in scene.objects if o.key != key]
    if not has_room(item.box, others, 0.0):
        return None
    ends = {o: geometry.moved_box(item.box, o, height, width) for o in make_tool("move").options}
    allowed = []
    for option, box in ends.items():
        across, down = abs(box[0] - item.box[0]) / width, abs(box[1] - item.box[1]) / height
        if max(across, down) >= LEAST_TRAVEL and has_room(box, others):
            allowed.append(option)
    return _pick(rng, _unlike(allowed, ends))


def _unlike(options: list[str], ends: dict[str, Box]) -> list[str]:
    """Drop directions that end where another one does: "left" must not equal "left edge"."""

    def unique(option: str) -> bool:
        return all(
            shared_area(ends[option], end) < 0.75 for other, end in ends.items() if other != option
        )

    return [o for o in options if unique(o)]


def _size(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    height, width = scene.photo.shape[:2]
    item = scene.find(key)
    others = [o for o in scene.objects if o.key != key]
    if not has_room(item.box, others, 0.0):
        return None
    allowed = []
    for option, factor in SCALE_FACTORS.items():
        box = geometry.scaled_box(item.box, factor, height, width)
        real = (box[3] - box[1]) / (item.box[3] - item.box[1])
        tall = (box[3] - box[1]) / height
        fits = LEAST_HEIGHT <= tall <= LARGEST_HEIGHT and has_room(box, others)
        if abs(real / factor - 1.0) < 0.15 and fits:
            allowed.append(option)
    return _pick(rng, allowed)


def _turn(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    return "horizontal" if rng.random() < 0.6 else "vertical"


def _substitute(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    item = scene.find(key)
    others = [o for o in scene.objects if o.key != key]
    if not has_room(item.box, others, 0.0):
        return None
    taken = {o.label for o in scene.objects}
    goal = _pick(rng, [name for name in SPRITE_OPTIONS if name not in taken])
    if goal is None:
        return None
    box = apply_step(scene, Step("replace", key, goal)).find(key).box
    return goal if has_room(box, others) else None


def _companion(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    taken = {o.label for o in scene.objects}
    goal = _pick(rng, [name for name in SPRITE_OPTIONS if name not in taken])
    if goal is None:
        return None
    after = apply_step(scene, Step("add", key, goal))
    return goal if has_room(after.objects[-1].box, scene.objects) else None


def _place(rng: np.random.Generator, scene: Scene, key: int, action: str) -> str | None:
    return _pick(rng, list(BACKGROUND_OPTIONS))


_CHOOSERS: dict[str, Chooser] = {
    "recolour": _colour,
    "remove": _removal,
    "move": _direction,
    "scale": _size,
    "flip": _turn,
    "replace": _substitute,
    "add": _companion,
    "background": _place,
}


SUBJECT_SHARES: dict[str, tuple[float, float]] = {
    "brightness": (0.2, 0.2),
    "saturation": (0.2, 0.2),
    "flip": (0.2, 0.0),
    "blur": (0.0, 0.3),
    "background": (0.0, 1.0),
}
"""By action: how often it is asked of the whole photo and of its background; else of an object."""

ACTIONS = (*OBJECT_ACTIONS, "background")

TRIES = 6
"""How many subjects are tried before an action is given up for a scene."""


def random_step(
    rng: np.random.Generator,
    scene: Scene,
    *,
    free: set[int] | None = None,
    action: str | None = None,
) -> Step | None:
    """Choose a sensible edit.

    Args:
        rng: source of all randomness.
        scene: what is there to edit.
        free: keys of the objects that may be chosen; None allows all.
        action: what to do; None draws among all.
    """
    keys = [o.key for o in scene.objects if free is None or o.key in free]
    action = action or ACTIONS[int(rng.integers(len(ACTIONS)))]
    for _ in range(TRIES):
        subject = _random_subject(rng, keys, action)
        step = None if subject is None else choose_step(rng, scene, action, subject)
        if step is not None:
            return step
    return None


def _random_subject(rng: np.random.Generator, keys: list[int], action: str) -> int | None:
    photo, surroundings = SUBJECT_SHARES.get(action, (0.0, 0.0))
    draw = rng.random()
    if draw < photo:
        return PHOTO
    if draw < photo + surroundings:
        return SURROUNDINGS
    return keys[int(rng.integers(len(keys)))] if keys else None
