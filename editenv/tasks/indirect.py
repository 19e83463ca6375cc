"""Edits that are not said plainly: by relation, by comparison, by purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from editenv.tasks.build import Draft
from editenv.tasks.clauses import (
    Bundle,
    Clause,
    Way,
    compose_instruction,
    in_turn,
    plain_edits,
    subject_words,
)
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import ACTIONS, draw_actions, possible_steps
from editenv.tasks.language import indirect_goal
from editenv.tasks.likeness import LIKENESSES, likeness_clauses
from editenv.tasks.reference import describe, needs_looking
from editenv.tasks.scene import Scene
from editenv.types import EditTask

KINDS = ("relation", "ordinal", "place")

LEAST_THINGS = 3
"""Of two things "the one directly left of the dog" is the left one, whichever is the dog."""

Manner = Callable[[np.random.Generator, str, str, Scene, str, frozenset[int]], Iterator[Clause]]
"""From generator, split, split of the wording, scene, action and what must be left alone."""


def by_relation(
    rng: np.random.Generator,
    split: str,
    words: str,
    scene: Scene,
    action: str,
    used: frozenset[int],
) -> Iterator[Clause]:
    """Name the thing by where it is: "the thing left of the dog"."""
    looked_for = partial(needs_looking, scene)
    for clause in plain_edits(
        rng, split, words, scene, action, KINDS, used=used, accept=lambda key: looked_for
    ):
        if clause.step.key >= 0:
            yield clause


def by_purpose(
    rng: np.random.Generator,
    split: str,
    words: str,
    scene: Scene,
    action: str,
    used: frozenset[int],
) -> Iterator[Clause]:
    """Say what the edit is for: "flood the car with light"."""
    kinds = KINDS if rng.random() < 0.4 else ("name",)
    free = {o.key for o in scene.objects} - used
    for step in possible_steps(rng, scene, action, split=split, free=free, things=True):
        reference = None
        if step.key in used:
            continue
        if step.key >= 0:
            accept = partial(needs_looking, scene)
            reference = describe(scene, scene.find(step.key), kinds, rng, accept)
            if reference is None:
                continue
        named = subject_words(rng, words, step.key, reference)
        text = indirect_goal(rng, words, action, step.goal, named)
        if text:
            yield Clause(step, text, reference)


def manners_of(action: str) -> tuple[Manner, ...]:
    """In which ways an action can be asked for."""
    like = (likeness_clauses,) if action in LIKENESSES else ()
    relation = () if action == "background" else (by_relation,)
    purpose = () if action in ("replace", "add") else (by_purpose,)
    return (*relation, *purpose, *like)


def indirect_clauses(
    rng: np.random.Generator,
    split: str,
    words: str,
    scene: Scene,
    action: str,
    used: frozenset[int],
) -> Iterator[Bundle]:
    """Yield edits whose subject or goal has to be worked out."""
    manners = manners_of(action)
    for number in rng.permutation(len(manners)):
        for clause in manners[int(number)](rng, split, words, scene, action, used):
            yield (clause,)


class IndirectTasks(GeneratedTasks):
    """One or two edits, each with something to work out. Every reference means one object.

    What must be seen: where things stand to each other ("the thing directly left of the dog", "the
    object closest to the camera"), which is the largest or the second from the left; what another
    thing is like ("as bright as the other car", "the same colour as the bus") and by how much the
    subject differs from it.
    """

    name = "indirect"

    def draw_theme(self, rng: np.random.Generator) -> tuple[str, ...]:
        """Every action is asked for equally often; three in ten tasks ask for two edits."""
        if rng.random() < 0.7:
            return (ACTIONS[int(rng.integers(len(ACTIONS)))],)
        return draw_actions(rng, self.split, 2)

    def attempt(self, rng: np.random.Generator, theme: tuple[str, ...]) -> EditTask | None:
        """Draw once."""
        twin = bool(rng.random() < 0.3)
        scene = self.arrange(rng, int(rng.integers(4, 6)), twin=twin, actions=theme)
        if len(scene.objects) < LEAST_THINGS or not scene.has_subjects(theme):
            return None
        found = in_turn(Draft(scene), [self._way(rng, action) for action in theme])
        if found is None:
            return None
        clauses, draft = found
        text = compose_instruction(rng, self.words, scene, clauses)
        return draft.task(text, self.metadata(scene, clauses))

    def _way(self, rng: np.random.Generator, action: str) -> Way:
        def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
            return indirect_clauses(rng, self.split, self.words, draft.scene, action, used)

        return way
