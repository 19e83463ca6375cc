"""One clause for all of a kind: "paint both sheep red", "remove every apple"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from editenv.tasks.clauses import Bundle, Clause
from editenv.tasks.goals import choose_step
from editenv.tasks.language import all_of, facing, phrase
from editenv.tasks.reference import Reference
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.steps import Step
from editenv.tools import DEMANDS

LARGEST_GROUPS = {name: demand.largest_group for name, demand in DEMANDS.items()}
"""By action: of so many things it is asked at once; some would make them cover each other."""

GROUP_ACTIONS = tuple(name for name, largest in LARGEST_GROUPS.items() if largest > 1)
"""What is asked of several things at once."""

LARGEST_GROUP = max(LARGEST_GROUPS.values())

LIVING = ("animals", "birds")
"""Categories in which a plural may be the singular: "both sheep" can be said, "both corn" not."""


def groups_of(scene: Scene) -> Iterator[list[SceneObject]]:
    """Yield what stands there twice or three times and can be counted."""
    alike: dict[str, list[SceneObject]] = defaultdict(list)
    for item in scene.objects:
        alike[item.label].append(item)
    for group in alike.values():
        sprite = group[0].sprite
        countable = sprite.plural != sprite.name or sprite.category in LIVING
        if 2 <= len(group) <= LARGEST_GROUP and countable:
            yield group


def group_clauses(
    rng: np.random.Generator,
    split: str,
    words: str,
    scene: Scene,
    action: str,
    used: frozenset[int] = frozenset(),
) -> Iterator[Bundle]:
    """Yield ways to ask the same of all of a kind; only the first clause of each has words.

    Args:
        rng: source of all randomness.
        split: whose pairs of subjects and goals are asked for.
        words: the split whose wording is used.
        scene: what is there to edit.
        action: one of ``GROUP_ACTIONS``.
        used: keys of what must be left alone.
    """
    for group in groups_of(scene):
        if not used.isdisjoint(item.key for item in group):
            continue
        for _ in range(2):
            steps = _same_steps(rng, scene, action, group, split)
            if steps is None:
                continue
            text = _text(rng, words, group, steps[0])
            reference = Reference(group[0].label, ("all", str(len(group))))
            first = Clause(steps[0], text, reference)
            yield (first, *(Clause(step, "") for step in steps[1:]))


def _same_steps(
    rng: np.random.Generator, scene: Scene, action: str, group: list[SceneObject], split: str
) -> list[Step] | None:
    """The same goal for each of a group; None where one of them is like that already."""
    first = choose_step(rng, scene, action, group[0].key, split)
    if first is None:
        return None
    colours = {colour for item in group for colour in (item.colour, item.look.colour_name)}
    if action == "recolour" and first.goal in colours:
        return None
    return [Step(action, item.key, first.goal) for item in group]


def _text(rng: np.random.Generator, words: str, group: list[SceneObject], step: Step) -> str:
    subject = all_of(rng, group[0].label, group[0].sprite.plural, len(group))
    ways = {item.faces for item in group}
    if step.action == "flip" and None not in ways:
        return facing(rng, words, "", subject)
    return phrase(rng, words, step.action, step.goal, subject)
