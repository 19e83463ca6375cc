"""Questions about a scene, with their answers: what, where, which colour, how many, whether."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from editenv.answers.points import point_of
from editenv.tasks.language import refer
from editenv.tasks.reference import describe
from editenv.tasks.scene import Scene, SceneObject
from editenv.types import Region
from editenv_policies.small_vlm.points import coarse
from editenv_policies.small_vlm.scenes import SPLIT, colour_of, object_names

Turn = tuple[str, str]
"""A question and its answer."""

CAPTION = "Describe the picture."

INDIRECT = ("relation", "ordinal", "outermost", "place")
"""How things are meant that only the picture can name."""


def where(scene: Scene, item: SceneObject) -> str:
    """The point of an object, such as ``"34 72"``."""
    return coarse(point_of(Region.from_mask(item.label, scene.mask_of(item.key))))


def caption(scene: Scene) -> str:
    """What is there, from left to right: ``"red kite 34 72; ..."``."""
    return "; ".join(
        f"{colour_of(item)} {item.label} {where(scene, item)}"
        for item in sorted(scene.objects, key=lambda item: item.centre[0])
    )


def _words(
    rng: np.random.Generator, scene: Scene, item: SceneObject, kinds: tuple[str, ...]
) -> str | None:
    """A description that means the object."""
    reference = describe(scene, item, kinds, rng)
    return reference and refer(rng, SPLIT, reference.label, reference.attribute)


def _which(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    words = _words(rng, scene, item, INDIRECT)
    return (words and (f"What is {words}?", f"{item.label} {where(scene, item)}")) or None


def _where(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    words = _words(rng, scene, item, ("name", *INDIRECT))
    return (words and (f"Where is {words}?", where(scene, item))) or None


def _colour(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    words = _words(rng, scene, item, ("name",))
    return (words and (f"What colour has {words}?", colour_of(item))) or None


def _count(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    count = sum(other.label == item.label for other in scene.objects)
    return (f"How many of these are there: {item.label}?", str(count))


def _whether(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    shown = {other.label for other in scene.objects}
    name = item.label
    if rng.random() < 0.5:
        absent = [name for name in object_names()[1:] if name not in shown]
        name = absent[int(rng.integers(len(absent)))]
    return (f"Is there a {name}?", "yes" if name in shown else "no")


KINDS: tuple[Callable[[np.random.Generator, Scene, SceneObject], Turn | None], ...] = (
    _which,
    _where,
    _where,
    _colour,
    _count,
    _whether,
)
"""Drawn from alike."""


def ask(rng: np.random.Generator, scene: Scene, count: int = 3) -> tuple[Turn, ...]:
    """Ask about a scene; the caption comes last, since it would answer the other questions.

    Args:
        rng: source of all randomness.
        scene: with at least one object.
        count: questions before the caption, at most.
    """
    turns: list[Turn] = []
    for _ in range(count):
        item = scene.objects[int(rng.integers(len(scene.objects)))]
        turn = KINDS[int(rng.integers(len(KINDS)))](rng, scene, item)
        if turn and turn not in turns:
            turns.append(turn)
    return (*turns, (CAPTION, caption(scene)))
