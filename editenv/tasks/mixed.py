"""The default: one to three edits, named directly or by an attribute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from editenv.tasks.build import Draft
from editenv.tasks.clauses import (
    Accept,
    Bundle,
    Way,
    compose_instruction,
    in_turn,
    plain_edits,
)
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import draw_actions
from editenv.tasks.groups import GROUP_ACTIONS, LARGEST_GROUP, LARGEST_GROUPS, group_clauses
from editenv.tasks.reference import means
from editenv.tasks.scene import Scene
from editenv.tasks.steps import PHOTO
from editenv.types import EditTask

KINDS = ("name", "size", "colour", "side", "pose", "lightness")

TWIN_SHARE = 0.5
"""Share of scenes in which two of a kind stand, so that one must look which is meant."""

GROUP_SHARE = 0.12
"""Share of the tasks, among those with an action that can be asked of several things at once."""

MOST_EDITS = 3


@dataclass(frozen=True)
class Theme:
    """What a task is about.

    Attributes:
        actions: what to do, in order.
        count: of how many of a kind the grouped action is asked; 0 for a task without groups.
        grouped: number of the action that is asked of all of a kind.
    """

    actions: tuple[str, ...]
    count: int = 0
    grouped: int = -1


def draw_group(rng: np.random.Generator, actions: tuple[str, ...], most: int) -> Theme:
    """Draw whether one of the actions is asked of all of a kind, and of how many.

    Args:
        rng: source of all randomness.
        actions: of the task.
        most: edits in all.
    """
    suited = [number for number, action in enumerate(actions) if action in GROUP_ACTIONS]
    largest = min(most - len(actions) + 1, LARGEST_GROUP)
    if not suited or largest < 2 or rng.random() >= GROUP_SHARE:
        return Theme(actions)
    grouped = suited[int(rng.integers(len(suited)))]
    largest = min(largest, LARGEST_GROUPS[actions[grouped]])
    count = int(rng.integers(2, largest + 1)) if largest > 2 else 2
    return Theme(actions, count, grouped)


class MixedTasks(GeneratedTasks):
    """One to three edits of different things; often two of a kind stand in the picture.

    What must be seen: which thing has the name in the instruction; where two are of a kind, which
    is the smaller, the darker, the left one, the red one, the one that faces left; how many of a
    kind there are ("both sheep"); and which way something faces before it is turned around.
    """

    name = "mixed"

    def draw_theme(self, rng: np.random.Generator) -> Theme:
        """Every number of edits, and every action, is asked for equally often."""
        actions = draw_actions(rng, self.split, int(rng.integers(1, MOST_EDITS + 1)))
        return draw_group(rng, actions, MOST_EDITS)

    def attempt(self, rng: np.random.Generator, theme: Theme) -> EditTask | None:
        """Draw once."""
        # What is added or moved needs room: no more things than there must be.
        crowded = "add" in theme.actions or "move" in theme.actions
        spare = 0 if crowded else int(rng.integers(2))
        count = max(len(theme.actions), 2) + max(theme.count - 1, 0) + spare
        twins = max(theme.count - 1, int(rng.random() < TWIN_SHARE))
        scene = self.arrange(rng, count, twin=twins, actions=self._in_order_of_subjects(rng, theme))
        if not scene.has_subjects(theme.actions):
            return None
        ways = [
            self._way(rng, scene, theme, number, action)
            for number, action in enumerate(theme.actions)
        ]
        found = in_turn(Draft(scene), ways)
        if found is None:
            return None
        clauses, draft = found
        ordered = any(clause.step.key < 0 for clause in clauses)
        text = compose_instruction(rng, self.words, scene, clauses, ordered=ordered)
        return draft.task(text, self.metadata(scene, clauses))

    def _in_order_of_subjects(self, rng: np.random.Generator, theme: Theme) -> list[str]:
        """The actions in the order in which things are found for them; the first may be twins."""
        order = [theme.actions[int(number)] for number in rng.permutation(len(theme.actions))]
        if theme.count:
            order.sort(key=lambda action: action != theme.actions[theme.grouped])
        return order

    def _way(
        self, rng: np.random.Generator, start: Scene, theme: Theme, number: int, action: str
    ) -> Way:
        """Each thing is described so that it is meant now and in the picture as it was."""

        def accept(key: int) -> Accept:
            return lambda reference: means(start, reference, key)

        def way(draft: Draft, used: frozenset[int]) -> Iterator[Bundle]:
            scene = draft.scene
            if number == theme.grouped:
                for bundle in group_clauses(rng, self.split, self.words, scene, action, used):
                    if len(bundle) == theme.count:
                        yield bundle
                return
            gone = used | {key for key in (o.key for o in scene.objects) if not _stood(start, key)}
            for clause in plain_edits(
                rng, self.split, self.words, scene, action, KINDS, used=gone, accept=accept
            ):
                # A picture turned around as a whole would change what "the left one" means.
                if len(theme.actions) == 1 or (clause.step.action, clause.step.key) != TURNED:
                    yield (clause,)

        return way


TURNED = ("flip", PHOTO)


def _stood(scene: Scene, key: int) -> bool:
    return any(o.key == key for o in scene.objects)
