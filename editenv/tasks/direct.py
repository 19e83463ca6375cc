"""One edit, said plainly."""

from __future__ import annotations

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.build import build_task
from editenv.tasks.clauses import compose_instruction, plain_clause
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import ACTIONS, random_step
from editenv.types import EditTask


class DirectTasks(GeneratedTasks):
    """One edit of one thing that is named by its plain name."""

    name = "direct"

    def draw_theme(self, rng: np.random.Generator) -> str:
        """Every action is asked for equally often."""
        return ACTIONS[int(rng.integers(len(ACTIONS)))]

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        scene = arrange(rng, self.split, self.height, self.width, count=int(rng.integers(2, 5)))
        step = random_step(rng, scene, action=theme)
        clause = step and plain_clause(rng, self.split, scene, step, ("name",))
        if not clause:
            return None
        text = compose_instruction(
            rng, self.split, scene, [clause], keep_share=0.08, aside_share=0.0
        )
        metadata = {"family": self.name, "split": self.split, "clauses": (clause,), "scene": scene}
        return build_task(scene, [clause.step], text, metadata)
