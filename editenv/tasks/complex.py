"""All of it mixed, with sentences that ask for nothing and things to leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from editenv.tasks.build import Draft, PhotoStage
from editenv.tasks.clauses import Bundle, Clause, Way, compose_instruction, in_turn, plain_edits
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import draw_actions
from editenv.tasks.groups import GROUP_ACTIONS, group_clauses
from editenv.tasks.indirect import indirect_clauses
from editenv.tasks.language import phrase
from editenv.tasks.look import PixelEdit
from editenv.tasks.multistep import Plot, combined_as, draw_plot, left_out, pattern_way
from editenv.tasks.photo_edits import photo_sub_edit, run_photo_edits
from editenv.tasks.retouch import OPPOSITES
from editenv.types import EditTask, Image

KINDS = ("name", "size", "colour", "side", "pose", "lightness", "relation", "ordinal", "place")

PATTERN_SHARE = 0.4
"""Share of tasks that begin with two steps that depend on each other."""

GROUP_SHARE = 0.15
"""Share of the tasks without such a pair whose last action is asked of both of a kind, where it
can be."""

PHOTO_FINISH_SHARE = 0.4
"""Share of tasks that end with an edit of the whole photo."""


@dataclass(frozen=True)
class Theme:
    """What a task is about.

    Attributes:
        plot: two steps that depend on each other, where there are any.
        actions: of the other edits, each with whether it is said indirectly.
        finish: (tool, option) for the whole photo at the end.
        grouped: action that is asked of both of a kind, after the others; ``""`` for none.
    """

    plot: Plot | None
    actions: tuple[tuple[str, bool], ...]
    finish: PixelEdit | None
    grouped: str = ""


class ComplexTasks(GeneratedTasks):
    """Two to five edits, direct, indirect and dependent on order, with distractions.

    What must be seen: all that the other families ask for: names, twins, places, likenesses,
    numbers, and what the picture looks like after each edit; and which of the things that are
    named is only to be left alone.
    """

    name = "complex"

    def draw_theme(self, rng: np.random.Generator) -> Theme:
        """Every kind of edit keeps its share."""
        combined = combined_as(rng, self.split)
        plot = draw_plot(rng, combined, 0) if rng.random() < PATTERN_SHARE else None
        count = int(rng.integers(1, 3)) if plot else int(rng.integers(2, 4))
        without = left_out(combined, plot) if plot else ()
        actions = draw_actions(rng, combined, count, without)
        grouped = actions[-1] if _may_group(rng, plot, actions) else ""
        rest = actions[:-1] if grouped else actions
        said = tuple((action, bool(rng.random() < 0.5)) for action in rest)
        finish = _photo_finish(rng) if rng.random() < PHOTO_FINISH_SHARE else None
        return Theme(plot, said, finish, grouped)

    def attempt(self, rng: np.random.Generator, theme: Theme) -> EditTask | None:
        """Draw once."""
        twin = bool(theme.grouped) or bool(rng.random() < 0.3)
        asked = [action for action, _ in theme.actions]
        asked[:0] = [theme.grouped] if theme.grouped else []
        asked += [theme.plot.first, theme.plot.second] if theme.plot else []
        # Each edit needs its own thing, and both of a kind are two.
        count = min(max(len(asked) + bool(theme.grouped) + int(rng.integers(2)), 3), 5)
        scene = self.arrange(rng, count, twin=twin, actions=asked)
        found = in_turn(Draft(scene), self._ways(rng, theme))
        if found is None:
            return None
        clauses, draft = found
        said, finish = list(clauses), theme.finish
        if finish is not None:
            words = phrase(rng, self.words, finish[0], finish[1], "the photo")
            said.append(Clause(clauses[-1].step, words))
        text = compose_instruction(rng, self.words, scene, said, keep_share=0.5, aside_share=0.7)
        stages = () if finish is None else _finishing(draft.scene.image, finish)
        if stages is None:
            return None
        return draft.task(text, self.metadata(scene, clauses), stages)

    def _ways(self, rng: np.random.Generator, theme: Theme) -> list[Way]:
        ways = [self._way(rng, *action) for action in theme.actions]
        if theme.grouped:
            ways.append(self._group_way(rng, theme.grouped))
        if theme.plot is not None:
            ways.insert(0, pattern_way(rng, self, theme.plot))
        return ways

    def _way(self, rng: np.random.Generator, action: str, indirectly: bool) -> Way:
        def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
            scene = draft.scene
            if indirectly:
                return indirect_clauses(rng, self.split, self.words, scene, action, used)
            edits = plain_edits(rng, self.split, self.words, scene, action, KINDS, used=used)
            return ((clause,) for clause in edits)

        return way

    def _group_way(self, rng: np.random.Generator, action: str) -> Way:
        def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
            return group_clauses(rng, self.split, self.words, draft.scene, action, used)

        return way


def _may_group(rng: np.random.Generator, plot: Plot | None, actions: tuple[str, ...]) -> bool:
    return plot is None and actions[-1] in GROUP_ACTIONS and rng.random() < GROUP_SHARE


def _photo_finish(rng: np.random.Generator) -> tuple[str, str]:
    tool = ("exposure", "white_balance", "contrast")[int(rng.integers(3))]
    options = tuple(OPPOSITES[tool])
    return tool, options[int(rng.integers(len(options)))]


def _finishing(picture: Image, finish: PixelEdit) -> tuple[PhotoStage, ...] | None:
    """The edit of the whole photo with the picture after it; None where it does not suit."""
    stages = run_photo_edits(picture, [finish])
    return None if stages is None else ((photo_sub_edit(finish, picture), stages[0]),)
