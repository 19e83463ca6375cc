"""A clause: one step in words, with the description that names its subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from editenv.tasks.build import Draft
from editenv.tasks.goals import possible_steps
from editenv.tasks.language import compose, facing, phrase, refer
from editenv.tasks.reference import Reference, describe
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.steps import PHOTO, SURROUNDINGS, Step

KEEP_SHARE = 0.15
"""Share of instructions that name something to leave alone."""

ASIDE_SHARE = 0.15
"""Share of instructions with a sentence that asks for nothing."""

FACING_SHARE = 0.6
"""How often what is to be turned around is told which way to face."""

TRIES = 4
"""How many clauses are tried for a step before the steps ahead of it are chosen anew."""


@dataclass(frozen=True)
class Clause:
    """One step in words.

    Attributes:
        step: what is to be done.
        text: the words, such as ``"paint the kite teal"``; ``""`` where an earlier clause says it
            too, as in "paint both sheep red".
        reference: how the subject is named; None for the photo and its background.
    """

    step: Step
    text: str
    reference: Reference | None = None


Bundle = tuple[Clause, ...]
"""Clauses that are chosen together."""

Way = Callable[[Draft, frozenset[int]], Iterator[Bundle]]
"""From a draft, and the keys of what has its edit already, to what could be asked for next."""

Accept = Callable[[Reference], bool]


def in_turn(
    draft: Draft, ways: Sequence[Way], used: frozenset[int] = frozenset()
) -> tuple[list[Clause], Draft] | None:
    """Choose clauses one after the other, each in the picture as it then is.

    Where nothing fits after a choice, another choice is tried: most scenes have a solution.

    Args:
        draft: before the first clause.
        ways: one for every clause or bundle, in order.
        used: keys of what must not be asked for any more.
    """
    if not ways:
        return [], draft
    for bundle in islice(ways[0](draft, used), TRIES):
        after = _after(draft, bundle)
        if after is None:
            continue
        rest = in_turn(after, ways[1:], used | {clause.step.key for clause in bundle})
        if rest is not None:
            return [*bundle, *rest[0]], rest[1]
    return None


def _after(draft: Draft, bundle: Bundle) -> Draft | None:
    after: Draft | None = draft
    for clause in bundle:
        after = after and after.after(clause.step)
    return after


def subject_words(
    rng: np.random.Generator, split: str, key: int, reference: Reference | None
) -> str:
    """The subject's name in words."""
    if reference is not None:
        return refer(rng, split, reference.label, reference.attribute, reference.pair)
    return refer(rng, split, "background" if key == SURROUNDINGS else "photo")


def plain_clause(
    rng: np.random.Generator,
    split: str,
    scene: Scene,
    step: Step,
    kinds: Sequence[str],
    accept: Accept | None = None,
) -> Clause | None:
    """Say a step directly; None where no allowed description names its subject alone."""
    reference = None
    if step.key >= 0:
        reference = describe(scene, scene.find(step.key), kinds, rng, accept)
        if reference is None:
            return None
    words = subject_words(rng, split, step.key, reference)
    if step.action == "add" and step.key == PHOTO:
        words = ""
    text = None
    if reference is not None and step.action == "flip":
        text = _facing(rng, split, scene.find(step.key), reference, words)
    return Clause(step, text or phrase(rng, split, step.action, step.goal, words), reference)


def _facing(
    rng: np.random.Generator, split: str, item: SceneObject, reference: Reference, words: str
) -> str | None:
    """Say which way a thing is to face; None where it has no direction or that was just said."""
    told = reference.attribute is not None and reference.attribute[0] in ("pose", "heading")
    if item.faces is None or told or rng.random() > FACING_SHARE:
        return None
    return facing(rng, split, "left" if item.faces == "right" else "right", words)


def plain_edits(
    rng: np.random.Generator,
    split: str,
    words: str,
    scene: Scene,
    action: str,
    kinds: Sequence[str],
    *,
    used: frozenset[int] = frozenset(),
    accept: Callable[[int], Accept] | None = None,
) -> Iterator[Clause]:
    """Yield edits that make sense and can be said directly.

    Args:
        rng: source of all randomness.
        split: whose pairs of subjects and goals are asked for.
        words: the split whose wording is used.
        scene: what is there to edit.
        action: what to do.
        kinds: how the subject may be described; see ``describe``.
        used: keys of what must be left alone.
        accept: from the subject's key to what else is asked of its description.
    """
    free = {o.key for o in scene.objects} - used
    for step in possible_steps(rng, scene, action, split=split, free=free):
        if step.key in used:
            continue
        clause = plain_clause(rng, words, scene, step, kinds, accept and accept(step.key))
        if clause is not None:
            yield clause


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
        [clause.text for clause in clauses if clause.text],
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
