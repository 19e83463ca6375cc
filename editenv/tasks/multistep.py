"""Two to five edits, where the order changes the result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.build import build_task
from editenv.tasks.clauses import Clause, compose_instruction, plain_clause
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import choose_step, random_step
from editenv.tasks.reference import Reference, resolve
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO, Step, apply_step
from editenv.types import EditTask

Pattern = Callable[[np.random.Generator, str, Scene], list[Clause] | None]

FOLLOW_UPS = ("recolour", "brightness", "saturation", "scale", "flip", "pixelate")
"""What can be asked of the thing that an earlier step put in place."""

NAME = ("name",)


def _random_key(rng: np.random.Generator, scene: Scene) -> int:
    return scene.objects[int(rng.integers(len(scene.objects)))].key


def _follow_up(rng: np.random.Generator, scene: Scene, key: int) -> Step | None:
    return choose_step(rng, scene, FOLLOW_UPS[int(rng.integers(len(FOLLOW_UPS)))], key)


def _then(
    rng: np.random.Generator,
    split: str,
    scene: Scene,
    first: Clause | None,
    follow: Callable[[Scene], Clause | None],
) -> list[Clause] | None:
    """Two clauses, the second read in the scene that the first one leaves."""
    if first is None:
        return None
    second = follow(apply_step(scene, first.step))
    return second and [first, second]


def new_thing_changed(rng: np.random.Generator, split: str, scene: Scene) -> list[Clause] | None:
    """Replace or add an object, then change it: it is not there before."""
    action = "replace" if rng.random() < 0.5 else "add"
    step = choose_step(rng, scene, action, _random_key(rng, scene))
    first = step and plain_clause(rng, split, scene, step, NAME)
    if not first:
        return None

    def follow(after: Scene) -> Clause | None:
        # What is new is painted in front.
        step = _follow_up(rng, after, after.objects[-1].key)
        return step and plain_clause(rng, split, after, step, NAME)

    return _then(rng, split, scene, first, follow)


def colour_splash(rng: np.random.Generator, split: str, scene: Scene) -> list[Clause] | None:
    """Take all colour out, then colour one thing: the other way round it would be grey."""
    step = Step("saturation", PHOTO, "black and white")
    first = plain_clause(rng, split, scene, step, NAME)

    def follow(after: Scene) -> Clause | None:
        step = choose_step(rng, after, "recolour", _random_key(rng, after))
        # These three look the same whichever comes first.
        if step and step.goal in ("black", "white", "grey"):
            return None
        return step and plain_clause(rng, split, after, step, NAME)

    return _then(rng, split, scene, first, follow)


def changed_extreme(rng: np.random.Generator, split: str, scene: Scene) -> list[Clause] | None:
    """Change which object is the leftmost (largest, ...), then change the one that is it now."""
    action = ("remove", "move", "scale")[int(rng.integers(3))]
    step = choose_step(rng, scene, action, _random_key(rng, scene))
    first = step and plain_clause(rng, split, scene, step, NAME)
    if not first:
        return None

    def follow(after: Scene) -> Clause | None:
        if not after.objects:
            return None
        step = _follow_up(rng, after, _random_key(rng, after))
        second = step and plain_clause(rng, split, after, step, ("ordinal",))
        if not second or second.reference is None:
            return None
        earlier = [o.key for o in resolve(scene, second.reference)]
        return second if earlier != [second.step.key] else None

    return _then(rng, split, scene, first, follow)


def landmark_removed(rng: np.random.Generator, split: str, scene: Scene) -> list[Clause] | None:
    """Change the thing left of the dog, then remove the dog: afterwards the name means nothing."""
    step = _follow_up(rng, scene, _random_key(rng, scene))
    first = step and plain_clause(rng, split, scene, step, ("relation",))
    if not first or first.reference is None or first.reference.attribute is None:
        return None
    landmark = first.reference.attribute[2]

    def follow(after: Scene) -> Clause | None:
        key = resolve(after, Reference(landmark))[0].key
        step = choose_step(rng, after, "remove", key)
        return step and plain_clause(rng, split, after, step, NAME)

    return _then(rng, split, scene, first, follow)


def turned_around(rng: np.random.Generator, split: str, scene: Scene) -> list[Clause] | None:
    """Mirror the whole photo, then change what is now on that side."""
    first = plain_clause(rng, split, scene, Step("flip", PHOTO, "horizontal"), NAME)

    def follow(after: Scene) -> Clause | None:
        for reference in (Reference("object", ("ordinal", s)) for s in ("leftmost", "rightmost")):
            found = resolve(after, reference)
            if len(found) == 1 and rng.random() < 0.7:
                step = _follow_up(rng, after, found[0].key)
                return step and plain_clause(rng, split, after, step, ("ordinal",))
        return None

    pair = _then(rng, split, scene, first, follow)
    if not pair or pair[1].reference is None or pair[1].reference.attribute is None:
        return None
    return pair if pair[1].reference.attribute[1] in ("leftmost", "rightmost") else None


PATTERNS: tuple[Pattern, ...] = (
    new_thing_changed,
    colour_splash,
    changed_extreme,
    landmark_removed,
    turned_around,
)
"""Pairs of steps that do not commute. A new one is a function and its name here."""


class MultiStepTasks(GeneratedTasks):
    """A pair of steps that do not commute, with up to three further edits after it."""

    name = "multistep"

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        split = self.split
        scene = arrange(rng, split, self.height, self.width, count=int(rng.integers(3, 5)))
        if len(scene.objects) < 2:
            return None
        pattern = PATTERNS[int(rng.integers(len(PATTERNS)))]
        clauses = pattern(rng, split, scene)
        if not clauses:
            return None
        clauses += _extra(rng, split, scene, clauses, int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1])))
        text = compose_instruction(rng, split, scene, clauses)
        metadata = {
            "family": self.name,
            "split": split,
            "pattern": pattern.__name__,
            "clauses": tuple(clauses),
            "scene": scene,
        }
        return build_task(scene, [clause.step for clause in clauses], text, metadata)


def _extra(
    rng: np.random.Generator, split: str, scene: Scene, clauses: list[Clause], count: int
) -> list[Clause]:
    """Further edits of things that the pattern left alone."""
    if count == 0:
        return []
    for clause in clauses:
        scene = apply_step(scene, clause.step)
    used = {clause.step.key for clause in clauses}
    extra: list[Clause] = []
    for _ in range(count):
        free = {o.key for o in scene.objects} - used
        step = random_step(rng, scene, free=free) if free else None
        clause = step and step.key >= 0 and plain_clause(rng, split, scene, step, NAME)
        if not step or not clause:
            continue
        extra.append(clause)
        used.add(step.key)
        scene = apply_step(scene, step)
    return extra
