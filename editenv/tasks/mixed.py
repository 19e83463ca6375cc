"""The default: one to three edits, named directly or by an attribute."""

from __future__ import annotations

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.build import build_task
from editenv.tasks.clauses import Clause, compose_instruction, plain_clause
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import random_step
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO, apply_step
from editenv.types import EditTask

KINDS = ("name", "size", "colour", "side")


def independent_clauses(
    rng: np.random.Generator, split: str, scene: Scene, count: int, kinds: tuple[str, ...] = KINDS
) -> list[Clause] | None:
    """Choose ``count`` edits of different subjects, each described in the scene as it then is."""
    clauses: list[Clause] = []
    free = {o.key for o in scene.objects}
    used: set[int] = set()
    for _ in range(count):
        if clauses:
            scene = apply_step(scene, clauses[-1].step)
        step = random_step(rng, scene, free=free)
        if step is None or step.key in used:
            return None
        clause = plain_clause(rng, split, scene, step, kinds)
        if clause is None:
            return None
        clauses.append(clause)
        used.add(step.key)
        free.discard(step.key)
        # A picture turned around as a whole would change what "the left one" means.
        if step.action == "flip" and step.key == PHOTO and count > 1:
            return None
    return clauses


class MixedTasks(GeneratedTasks):
    """One to three edits of different things; sometimes two of a kind stand in the picture."""

    name = "mixed"

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        scene = arrange(
            rng,
            self.split,
            self.height,
            self.width,
            count=int(rng.integers(2, 5)),
            twin=bool(rng.random() < 0.4),
        )
        count = int(rng.integers(1, 4))
        clauses = independent_clauses(rng, self.split, scene, count)
        if clauses is None:
            return None
        ordered = any(clause.step.key < 0 for clause in clauses)
        text = compose_instruction(rng, self.split, scene, clauses, ordered=ordered)
        metadata = {
            "family": self.name,
            "split": self.split,
            "clauses": tuple(clauses),
            "scene": scene,
        }
        return build_task(scene, [clause.step for clause in clauses], text, metadata)
