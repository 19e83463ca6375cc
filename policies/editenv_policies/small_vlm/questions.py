"""Questions about a scene, with their answers: which thing is meant, what it looks like, where."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from editenv.tasks.language import refer
from editenv.tasks.reference import describe
from editenv.tasks.scene import Scene, SceneObject
from editenv_policies.small_vlm.scenes import SPLIT, colour_of

Turn = tuple[str, str]
"""A question and its answer."""

CAPTION = "Describe the picture."

_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")

_SMALL, _LARGE = 0.05, 0.12
"""Areas of boxes, as shares of the picture, below and above which a thing is small or large."""

INDIRECT = ("relation", "ordinal")
"""How things are meant that only the picture can name."""


def place_of(item: SceneObject, side: int) -> str:
    """In which ninth of the picture the middle of an object is, such as ``"top left"``."""
    across, down = (min(int(3 * position / side), 2) for position in item.centre)
    return f"{_ROWS[down]} {_COLUMNS[across]}"


def size_of(item: SceneObject, side: int) -> str:
    """``"small"``, ``"medium"`` or ``"large"``."""
    share = item.area / side**2
    return "small" if share < _SMALL else "large" if share > _LARGE else "medium"


def caption(scene: Scene) -> str:
    """What is there, from left to right: ``"small red kite top left; ..."``."""
    side = scene.photo.shape[0]
    return "; ".join(
        f"{size_of(item, side)} {colour_of(item)} {item.label} {place_of(item, side)}"
        for item in sorted(scene.objects, key=lambda item: item.centre[0])
    )


def _which(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    reference = describe(scene, item, INDIRECT, rng)
    if reference is None:
        return None
    return f"What is {refer(rng, SPLIT, reference.label, reference.attribute)}?", item.label


def _words(rng: np.random.Generator, scene: Scene, item: SceneObject) -> str | None:
    """A description that means the object, by name where it can be."""
    kinds = ("name",) if rng.random() < 0.7 else INDIRECT
    reference = describe(scene, item, kinds, rng)
    return reference and refer(rng, SPLIT, reference.label, reference.attribute)


def _where(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    words = _words(rng, scene, item)
    return (words and (f"Where is {words}?", place_of(item, scene.photo.shape[0]))) or None


def _colour(rng: np.random.Generator, scene: Scene, item: SceneObject) -> Turn | None:
    words = _words(rng, scene, item)
    return (words and (f"What colour has {words}?", colour_of(item))) or None


KINDS: tuple[Callable[[np.random.Generator, Scene, SceneObject], Turn | None], ...] = (
    _which,
    _which,
    _where,
    _colour,
)
"""Drawn from alike."""


def ask(rng: np.random.Generator, scene: Scene, count: int = 4) -> tuple[Turn, ...]:
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
