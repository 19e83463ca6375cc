"""Edits that are not said plainly: by relation, by comparison, by purpose."""

from __future__ import annotations

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.build import build_task
from editenv.tasks.clauses import (
    Clause,
    compose_instruction,
    is_held_out,
    plain_clause,
    subject_words,
)
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import random_step
from editenv.tasks.language import indirect_goal, like
from editenv.tasks.reference import describe
from editenv.tasks.scene import Scene
from editenv.tasks.steps import Step, apply_step
from editenv.tools import make_tool
from editenv.types import EditTask

KINDS = ("relation", "ordinal")


def indirect_clause(rng: np.random.Generator, split: str, scene: Scene) -> Clause | None:
    """One edit whose subject or goal has to be worked out."""
    ways = (_by_relation, _by_purpose, _by_likeness)
    return ways[int(rng.choice(3, p=[0.45, 0.4, 0.15]))](rng, split, scene)


def _by_relation(rng: np.random.Generator, split: str, scene: Scene) -> Clause | None:
    step = random_step(rng, scene)
    if step is None or step.key < 0:
        return None
    return plain_clause(rng, split, scene, step, KINDS)


def _by_purpose(rng: np.random.Generator, split: str, scene: Scene) -> Clause | None:
    step = random_step(rng, scene)
    if step is None:
        return None
    reference = None
    if step.key >= 0:
        kinds = KINDS if rng.random() < 0.4 else ("name",)
        reference = describe(scene, scene.find(step.key), kinds, rng)
        if reference is None or is_held_out(split, reference.label, step.goal):
            return None
    words = subject_words(rng, split, step.key, reference)
    text = indirect_goal(rng, split, step.action, step.goal, words)
    return Clause(step, text, reference) if text else None


def _by_likeness(rng: np.random.Generator, split: str, scene: Scene) -> Clause | None:
    """Give one object the colour of another one in the picture."""
    if len(scene.objects) < 2:
        return None
    first, second = (scene.objects[int(i)] for i in rng.choice(len(scene.objects), 2, False))
    goal = second.sprite.colour if not second.edits else None
    if goal not in make_tool("recolour").options or goal in (first.colour, first.sprite.colour):
        return None
    reference = describe(scene, first, ("name",), rng)
    other = describe(scene, second, ("name",), rng)
    if reference is None or other is None:
        return None
    words = subject_words(rng, split, first.key, reference)
    text = like(rng, split, words, subject_words(rng, split, second.key, other))
    return Clause(Step("recolour", first.key, goal), text, reference)


class IndirectTasks(GeneratedTasks):
    """One or two edits, each with something to work out. Every reference means one object."""

    name = "indirect"

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        split = self.split
        scene = arrange(rng, split, self.height, self.width, count=int(rng.integers(3, 5)))
        clauses: list[Clause] = []
        after = scene
        for _ in range(int(rng.choice([1, 2], p=[0.7, 0.3]))):
            if clauses:
                after = apply_step(after, clauses[-1].step)
            clause = indirect_clause(rng, split, after)
            if not clause or clause.step.key in {c.step.key for c in clauses}:
                return None
            clauses.append(clause)
        text = compose_instruction(rng, split, scene, clauses)
        metadata = {
            "family": self.name,
            "split": split,
            "clauses": tuple(clauses),
            "scene": scene,
        }
        return build_task(scene, [clause.step for clause in clauses], text, metadata)
