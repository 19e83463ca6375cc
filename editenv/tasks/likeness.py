"""Goals that are read off another thing in the picture: its colour, its brightness, its size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from editenv.tasks.clauses import Clause, subject_words
from editenv.tasks.goals import is_allowed
from editenv.tasks.language import like, other_of
from editenv.tasks.reference import Reference, describe, needs_looking
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.steps import Step, apply_step
from editenv.tools import make_tool
from editenv.tools.scale import SCALE_FACTORS

KINDS = ("name", "side", "size", "pose", "lightness", "colour", "relation")

CLEARLY_NEARER = 0.6
"""The best option must come so many times nearer than the second best, or no one could choose."""

NEAR_ENOUGH = {"brightness": 0.07, "scale": 0.22}
"""How far the best option may stay from the other thing: in lightness, and in height (log)."""

FAR_ENOUGH = {"brightness": 0.09, "scale": 0.25}
"""How different the two must be before: nobody asks for what is already so."""


def _same_colour(scene: Scene, item: SceneObject, other: SceneObject) -> str | None:
    goal = other.colour
    known = goal in make_tool("recolour").options and goal == other.look.colour_name
    return goal if known and goal not in (item.colour, item.look.colour_name) else None


def _as_bright(scene: Scene, item: SceneObject, other: SceneObject) -> str | None:
    def lightness(option: str) -> float:
        after = apply_step(scene, Step("brightness", item.key, option))
        return after.find(item.key).lightness

    if abs(item.lightness - other.lightness) < FAR_ENOUGH["brightness"]:
        return None
    options = make_tool("brightness").options
    return _nearest({o: abs(lightness(o) - other.lightness) for o in options}, "brightness")


def _as_large(scene: Scene, item: SceneObject, other: SceneObject) -> str | None:
    ratio = (other.area / item.area) ** 0.5
    if item.label != other.label or abs(np.log(ratio)) < FAR_ENOUGH["scale"]:
        return None
    return _nearest({o: abs(np.log(f / ratio)) for o, f in SCALE_FACTORS.items()}, "scale")


def _nearest(distances: dict[str, float], action: str) -> str | None:
    """The option that is clearly nearest, and near enough."""
    best, second = sorted(distances, key=distances.__getitem__)[:2]
    near = distances[best] <= NEAR_ENOUGH[action]
    return best if near and distances[best] <= CLEARLY_NEARER * distances[second] else None


LIKENESSES: dict[str, Callable[[Scene, SceneObject, SceneObject], str | None]] = {
    "recolour": _same_colour,
    "brightness": _as_bright,
    "scale": _as_large,
}
"""By action: the goal that makes one thing like another one, None where there is none."""


def likeness_clauses(
    rng: np.random.Generator,
    split: str,
    words: str,
    scene: Scene,
    action: str,
    used: frozenset[int],
) -> Iterator[Clause]:
    """Ask that one thing be made like another one in the picture."""
    pairs = [(a, b) for a in scene.objects for b in scene.objects if a is not b]
    for number in rng.permutation(len(pairs)):
        item, other = pairs[int(number)]
        if item.key in used:
            continue
        goal = LIKENESSES[action](scene, item, other)
        if not goal or not is_allowed(scene, Step(action, item.key, goal), split):
            continue
        reference = describe(scene, item, KINDS, rng, partial(needs_looking, scene))
        model = reference and _model_words(rng, words, scene, reference, other)
        if reference is None or model is None:
            continue
        named = subject_words(rng, words, item.key, reference)
        text = like(rng, words, action, goal, named, model)
        yield Clause(Step(action, item.key, goal), text, reference)


def _model_words(
    rng: np.random.Generator, words: str, scene: Scene, subject: Reference, other: SceneObject
) -> str | None:
    """Name the thing that another one is to be like; None where nothing means it alone."""
    if subject.pair and subject.label == other.label:
        return other_of(rng, other.label)
    model = describe(scene, other, KINDS, rng)
    return model and subject_words(rng, words, other.key, model)
