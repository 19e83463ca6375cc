"""All of it mixed, with sentences that ask for nothing and things to leave alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.build import build_task, is_sound
from editenv.tasks.clauses import Clause, compose_instruction, plain_clause
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import random_step
from editenv.tasks.indirect import indirect_clause
from editenv.tasks.language import phrase
from editenv.tasks.multistep import PATTERNS
from editenv.tasks.photo_edits import photo_sub_edit, run_photo_edits
from editenv.tasks.retouch import OPPOSITES
from editenv.tasks.scene import Scene
from editenv.tasks.steps import apply_step
from editenv.types import EditTask

KINDS = ("name", "size", "colour", "side", "relation", "ordinal")

PHOTO_FINISH_SHARE = 0.4
"""Share of tasks that end with an edit of the whole photo."""


class ComplexTasks(GeneratedTasks):
    """Two to five edits, direct, indirect and dependent on order, with distractions."""

    name = "complex"

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        split = self.split
        scene = arrange(
            rng,
            split,
            self.height,
            self.width,
            count=int(rng.integers(3, 5)),
            twin=bool(rng.random() < 0.3),
        )
        if len(scene.objects) < 2:
            return None
        clauses = self._clauses(rng, scene)
        if not clauses:
            return None
        finish = None
        if rng.random() < PHOTO_FINISH_SHARE:
            finish = _photo_finish(rng)
            words = phrase(rng, split, finish[0], finish[1], "the photo")
            clauses.append(Clause(clauses[-1].step, words))
        text = compose_instruction(rng, split, scene, clauses, keep_share=0.5, aside_share=0.7)
        if finish is not None:
            clauses.pop()
        metadata = {
            "family": self.name,
            "split": split,
            "clauses": tuple(clauses),
            "scene": scene,
        }
        task = build_task(scene, [clause.step for clause in clauses], text, metadata)
        return task if task is None or finish is None else _with_finish(task, finish)

    def _clauses(self, rng: np.random.Generator, scene: Scene) -> list[Clause]:
        split = self.split
        clauses: list[Clause] = []
        if rng.random() < 0.4:
            clauses += PATTERNS[int(rng.integers(len(PATTERNS)))](rng, split, scene) or []
        for clause in clauses:
            scene = apply_step(scene, clause.step)
        for i in range(int(rng.integers(1, 3)) if clauses else int(rng.integers(2, 4))):
            if i > 0:
                scene = apply_step(scene, clauses[-1].step)
            clause = _single(rng, split, scene)
            if not clause or clause.step.key in {c.step.key for c in clauses}:
                return []
            clauses.append(clause)
        return clauses


def _single(rng: np.random.Generator, split: str, scene: Scene) -> Clause | None:
    if rng.random() < 0.5:
        return indirect_clause(rng, split, scene)
    step = random_step(rng, scene)
    return step and plain_clause(rng, split, scene, step, KINDS)


def _photo_finish(rng: np.random.Generator) -> tuple[str, str]:
    tool = ("exposure", "white_balance", "contrast")[int(rng.integers(3))]
    options = tuple(OPPOSITES[tool])
    return tool, options[int(rng.integers(len(options)))]


def _with_finish(task: EditTask, finish: tuple[str, str]) -> EditTask | None:
    assert task.target is not None
    stages = run_photo_edits(task.target, [finish])
    if stages is None:
        return None
    finished = replace(
        task,
        sub_edits=(*task.sub_edits, photo_sub_edit(finish, task.source)),
        stages=(*task.stages, *stages),
    )
    return finished if is_sound(finished) else None
