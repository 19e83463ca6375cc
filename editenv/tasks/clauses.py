"""A clause: one step in words, with the description that names its subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from editenv.tasks.goals import held_out
from editenv.tasks.language import compose, phrase, refer
from editenv.tasks.reference import Reference, describe
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO, SURROUNDINGS, Step

KEEP_SHARE = 0.15
"""Share of instructions that name something to leave alone."""

ASIDE_SHARE = 0.15
"""Share of instructions with a sentence that asks for nothing."""


@dataclass(frozen=True)
class Clause:
    """One step in words.

    Attributes:
        step: what is to be done.
        text: the words, such as ``"paint the kite teal"``.
        reference: how the subject is named; None for the photo and its background.
    """

    step: Step
    text: str
    reference: Reference | None = None


def subject_words(
    rng: np.random.Generator, split: str, key: int, reference: Reference | None
) -> str:
    """The subject's name in words."""
    if reference is not None:
        return refer(rng, split, reference.label, reference.attribute)
    return refer(rng, split, "background" if key == SURROUNDINGS else "photo")


def plain_clause(
    rng: np.random.Generator, split: str, scene: Scene, step: Step, kinds: Sequence[str]
) -> Clause | None:
    """Say a step directly; None where no allowed description names its subject alone."""
    reference = None
    if step.key >= 0:
        reference = describe(scene, scene.find(step.key), kinds, rng)
        if reference is None or is_held_out(split, reference.label, step.goal):
            return None
    words = subject_words(rng, split, step.key, reference)
    if step.action == "add" and step.key == PHOTO:
        words = ""
    return Clause(step, phrase(rng, split, step.action, step.goal, words), reference)


def is_held_out(split: str, subject: str, goal: str) -> bool:
    """Whether `train` and `validation` must not show this pair."""
    return split != "test" and bool(goal) and held_out(subject, goal)


def compose_instruction(
    rng: np.random.Generator,
    split: str,
    scene: Scene,
    clauses: Sequence[Clause],
    *,
    keep_share: float = KEEP_SHARE,
    aside_share: float = ASIDE_SHARE,
    ordered: bool = True,
) -> str:
    """Join clauses to what a user would write."""
    keep: list[str] = []
    if rng.random() < keep_share:
        keep = _bystander(rng, split, scene, clauses)
    return compose(
        rng,
        split,
        [clause.text for clause in clauses],
        keep=keep,
        aside=bool(rng.random() < aside_share),
        ordered=ordered,
    )


def _bystander(
    rng: np.random.Generator, split: str, scene: Scene, clauses: Sequence[Clause]
) -> list[str]:
    """Name one object that no clause is about, where there is one."""
    if any(clause.step.key < 0 for clause in clauses):
        return []
    involved = {clause.step.key for clause in clauses}
    mentioned = " ".join(clause.text for clause in clauses)
    labels = [o.label for o in scene.objects]
    names = [
        o.label
        for o in scene.objects
        if o.key not in involved and labels.count(o.label) == 1 and o.label not in mentioned
    ]
    if not names:
        return []
    return [refer(rng, split, names[int(rng.integers(len(names)))])]
