"""One edit, said plainly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from editenv.tasks.build import Draft
from editenv.tasks.clauses import Bundle, Way, compose_instruction, in_turn, plain_edits
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
        if not scene.has_subjects((theme,)):
            return None
        found = in_turn(Draft(scene), [self._way(rng, theme)])
        if found is None:
            return None
        clauses, draft = found
        text = compose_instruction(
            rng, self.words, scene, clauses, keep_share=0.08, aside_share=0.0
        )
        return draft.task(text, self.metadata(scene, clauses))

    def _way(self, rng: np.random.Generator, action: str) -> Way:
        def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
            edits = plain_edits(rng, self.split, self.words, draft.scene, action, ("name",))
            return ((clause,) for clause in edits)

        return way
