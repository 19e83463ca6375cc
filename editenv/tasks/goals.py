"""Choosing what to ask for: goals that make sense for a subject and show in the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from editenv.imaging import geometry
from editenv.material import library_sprites
from editenv.material.names import BACKGROUND_OPTIONS
from editenv.material.records import Sprite
from editenv.tasks.arrange import LEAST_TRAVEL, has_room, shared_area
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.stage import TABLE
from editenv.tasks.steps import PHOTO, SURROUNDINGS, Step, library_box
from editenv.tasks.suited import shown_options
from editenv.tools import DEMANDS, find_operation, make_tool
from editenv.tools.scale import SCALE_FACTORS
from editenv.types import Box

ACROSS = ("left", "right", "left edge", "right edge", "centre")
"""Moves along the ground."""

PLAUSIBLE = (0.55, 1.9)
"""What is put beside or in place of a thing may be so many times as tall as it really is there."""

LARGEST_HEIGHT = 0.75
"""No object is scaled beyond this share of the picture's height."""

LEAST_HEIGHT = 0.10

Goals = Callable[[Scene, int, str], Sequence[str]]
"""From a scene, a subject and an action to the goals that make sense there."""


def choose_step(
    rng: np.random.Generator, scene: Scene, action: str, key: int, split: str = "test"
) -> Step | None:
    """Choose a goal for an action on a subject, or None where the action makes no sense.

    Args:
        rng: source of all randomness.
        scene: what is there to edit.
        action: what to do.
        key: of the subject.
        split: `train` and `validation` leave out the goals that are held out for a subject.
    """
    goals = _goals(scene, action, key, split)
    return Step(action, key, goals[int(rng.integers(len(goals)))]) if goals else None


def _goals(scene: Scene, action: str, key: int, split: str) -> Sequence[str]:
    usual = _strengths if action in DEMANDS and DEMANDS[action].must_show else _all_options
    goals = _GOALS.get(action, usual)(scene, key, action)
    if split in ("train", "validation") and key >= 0:
        label = scene.find(key).label
        goals = [goal for goal in goals if not goal or not held_out(label, goal)]
    return goals


def is_allowed(scene: Scene, step: Step, split: str) -> bool:
    """Whether a step makes sense and is asked for in a split."""
    return step.goal in _goals(scene, step.action, step.key, split)


@lru_cache(maxsize=4096)
def held_out(subject: str, goal: str, share: float = 0.15) -> bool:
    """Whether a (subject, goal) pair is kept from `train`; the same in every process."""
    total = 0
    for character in f"{subject}|{goal}":
        total = (total * 131 + ord(character)) % 1_000_003
    return total / 1_000_003 < share


def _all_options(scene: Scene, key: int, action: str) -> Sequence[str]:
    return make_tool(action).options


def _colours(scene: Scene, key: int, action: str) -> Sequence[str]:
    look = scene.find(key)
    taken = {look.colour, look.look.colour_name}
    return [c for c in make_tool("recolour").options if c not in taken]


def _others(scene: Scene, key: int) -> list[SceneObject]:
    return [o for o in scene.objects if o.key != key]


def stands_free(scene: Scene, key: int) -> bool:
    """Whether nothing is hidden by the object: no tool can know what an overlapped thing is like.

    Shadows count: what stands in one is lit anew when its owner goes.
    """
    item = scene.find(key)
    return has_room(item.box, _others(scene, key), 0.0)


def _removal(scene: Scene, key: int, action: str) -> Sequence[str]:
    return ("",) if stands_free(scene, key) else ()


def _directions(scene: Scene, key: int, action: str) -> Sequence[str]:
    """Along the ground only: what is moved up a photograph would float, or be too large."""
    height, width = scene.photo.shape[:2]
    item, others = scene.find(key), _others(scene, key)
    if not stands_free(scene, key):
        return ()
    ends = {o: geometry.moved_box(item.box, o, height, width) for o in ACROSS}
    allowed = [
        option
        for option, box in ends.items()
        if abs(box[0] - item.box[0]) / width >= LEAST_TRAVEL and has_room(box, others, 0.0)
    ]
    return _unlike(allowed, ends)


def _unlike(options: list[str], ends: dict[str, Box]) -> list[str]:
    """Drop directions that end where another one does: "left" must not equal "left edge"."""

    def unique(option: str) -> bool:
        return all(
            shared_area(ends[option], end) < 0.75 for other, end in ends.items() if other != option
        )

    return [o for o in options if unique(o)]


def _strengths(scene: Scene, key: int, action: str) -> Sequence[str]:
    """Options that show on a thing; all of them where it has been edited, or for the photo.

    What is all legs has no room for blocks, nor for a blur within its outline.
    """
    if key >= 0 and find_operation(action).spatial and not scene.find(key).look.broad:
        return ()
    if key < 0 or scene.find(key).edits:
        return make_tool(action).options
    return shown_options(scene.find(key).sprite, action)


def _sizes(scene: Scene, key: int, action: str) -> Sequence[str]:
    height, width = scene.photo.shape[:2]
    item, others = scene.find(key), _others(scene, key)
    if not stands_free(scene, key):
        return ()
    allowed: list[str] = []
    for option, factor in SCALE_FACTORS.items():
        box = geometry.scaled_box(item.box, factor, height, width)
        real = (box[3] - box[1]) / (item.box[3] - item.box[1])
        tall = (box[3] - box[1]) / height
        fits = LEAST_HEIGHT <= tall <= LARGEST_HEIGHT and has_room(box, others, 0.0)
        if abs(real / factor - 1.0) < 0.15 and fits:
            allowed.append(option)
    return allowed


def _turns(scene: Scene, key: int, action: str) -> Sequence[str]:
    """Nobody wants a cow on its head; and what has no direction looks the same turned around."""
    if key == PHOTO:
        return ("horizontal",)
    item = scene.find(key)
    return ("horizontal",) if item.sprite.mirror and item.lopsided else ()


def _belonging(scene: Scene) -> list[str]:
    """Library things that would stand in this place and are not there yet."""
    taken = {o.label for o in scene.objects}
    setting = "" if scene.stage is None else scene.stage.setting
    return [
        name
        for name, sprite in library_sprites().items()
        if name not in taken and (not setting or setting in sprite.settings)
    ]


def plausible(scene: Scene, sprite: Sprite, box: Box) -> bool:
    """Whether a thing in a box is about as large as it would be in this place."""
    if scene.stage is None or not scene.stage.setting:
        return True
    height = scene.photo.shape[0]
    expected = scene.stage.tall(sprite.height, box[3] / height) * height
    low, high = PLAUSIBLE
    return low * expected <= box[3] - box[1] <= high * expected


def _substitutes(scene: Scene, key: int, action: str) -> Sequence[str]:
    others = _others(scene, key)
    if not stands_free(scene, key):
        return ()
    return [name for name in _belonging(scene) if _fits(scene, Step(action, key, name), others)]


def _companions(scene: Scene, key: int, action: str) -> Sequence[str]:
    return [
        name for name in _belonging(scene) if _fits(scene, Step(action, key, name), scene.objects)
    ]


def _fits(scene: Scene, step: Step, others: Sequence[SceneObject]) -> bool:
    """Whether what a step puts in place has room and a plausible size."""
    box = library_box(scene, step)
    return has_room(box, others, 0.0) and plausible(scene, library_sprites()[step.goal], box)


def _places(scene: Scene, key: int, action: str) -> Sequence[str]:
    """A lemon in the mountains would be a boulder: only what stands on the ground travels."""
    indoors = scene.stage is None or scene.stage.setting == TABLE
    return () if indoors else BACKGROUND_OPTIONS


_GOALS: dict[str, Goals] = {
    "recolour": _colours,
    "remove": _removal,
    "move": _directions,
    "scale": _sizes,
    "flip": _turns,
    "replace": _substitutes,
    "add": _companions,
    "background": _places,
}


ACTIONS = tuple(DEMANDS)
"""What can be asked of a scene's things, its background or the whole photo."""


def possible_steps(
    rng: np.random.Generator,
    scene: Scene,
    action: str,
    *,
    split: str = "test",
    free: set[int] | None = None,
    things: bool = False,
) -> Iterator[Step]:
    """Yield sensible edits: one a subject, then a second one a subject.

    What stands in the scene for this action comes first; the rest is in random order.

    Args:
        rng: source of all randomness.
        scene: what is there to edit.
        action: what to do.
        split: `train` and `validation` leave out what is held out.
        free: keys of the objects that may be chosen; None allows all.
        things: whether only an object may be the subject, but for what is done to a background.
    """
    photo, surroundings = DEMANDS[action].of_photo, DEMANDS[action].of_background
    if things and surroundings < 1.0:
        photo, surroundings = 0.0, 0.0
    draw = rng.random()
    if draw < photo + surroundings:
        keys = [PHOTO if draw < photo else SURROUNDINGS]
    else:
        keys = [o.key for o in scene.objects if free is None or o.key in free]
    order = [keys[int(number)] for number in rng.permutation(len(keys))]
    order.sort(key=lambda key: _foreign(scene, action, key))
    yielded: list[Step] = []
    for key in (*order, *order):
        step = choose_step(rng, scene, action, key, split)
        if step is not None and step not in yielded:
            yielded.append(step)
            yield step


def _foreign(scene: Scene, action: str, key: int) -> int:
    """What stands there for an action comes first, and last what is there for another one."""
    if scene.subjects.get(action) == key:
        return 0
    return 2 if key in scene.subjects.values() else 1


def is_kept_apart(actions: Sequence[str]) -> bool:
    """Whether `train` never asks for these actions together.

    Each action is kept apart from one other, so that all stay equally frequent.
    """
    half = len(ACTIONS) // 2
    numbers = [ACTIONS.index(action) for action in actions if action in ACTIONS]
    return any(abs(a - b) == half for a in numbers for b in numbers)


def draw_actions(
    rng: np.random.Generator, split: str, count: int, without: Sequence[str] = ()
) -> tuple[str, ...]:
    """Draw different actions, in their order.

    All are equally frequent in every split; `train` and `validation` leave out the pairs that are
    kept apart. Other surroundings come first: what is blurred before has a rim of the old ones.
    """
    known = [action for action in ACTIONS if action not in without]
    while True:
        chosen = rng.choice(len(known), count, replace=False)
        actions = [known[int(number)] for number in chosen]
        if split not in ("train", "validation") or not is_kept_apart(actions):
            return tuple(sorted(actions, key=lambda action: action != "background"))
