"""One edit, said plainly."""

from __future__ import annotations

import numpy as np

from editenv.tasks.build import build_task
from editenv.tasks.clauses import compose_instruction, plain_edits
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import ACTIONS
from editenv.types import EditTask


class DirectTasks(GeneratedTasks):
    """One edit of one thing that is named by its plain name.

    What must be seen: which of the two to four things that stand in the picture has the name in
    the instruction, and where it is. The rest is said.
    """

    name = "direct"

    def draw_theme(self, rng: np.random.Generator) -> str:
        """Every action is asked for equally often."""
        return ACTIONS[int(rng.integers(len(ACTIONS)))]

    def attempt(self, rng: np.random.Generator, theme: str) -> EditTask | None:
        """Draw once."""
        scene = self.arrange(rng, int(rng.integers(2, 5)), actions=(theme,))
        clause = next(plain_edits(rng, self.split, self.words, scene, theme, ("name",)), None)
        if not clause:
            return None
        text = compose_instruction(
            rng, self.words, scene, [clause], keep_share=0.08, aside_share=0.0
        )
        metadata = {"family": self.name, "split": self.split, "clauses": (clause,), "scene": scene}
        return build_task(scene, [clause.step], text, metadata)
