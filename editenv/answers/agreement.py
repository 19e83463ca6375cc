# pyright: basic
"""How far a decomposition agrees with the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from editenv.agents.roles import Intent
from editenv.answers.plan import Stage
from editenv.answers.words import NameFinder

_BASE = 4096
"""More than there can be pairs, so that a sum of weights tells all counts apart."""


@dataclass(frozen=True)
class Agreement:
    """Counts over the pairs of an answered edit and a reference edit.

    Attributes:
        given: edits of the answer.
        wanted: edits of the reference.
        action: pairs that do the same.
        subject: pairs that are about the same thing.
        goal: pairs that want the same.
    """

    given: int
    wanted: int
    action: int
    subject: int
    goal: int

    def f1(self, part: str) -> float:
        """F1, 0 to 1, of ``"action"``, ``"subject"`` or ``"goal"``; 0 without a reference."""
        if not self.wanted:
            return 0.0
        return 2.0 * getattr(self, part) / (self.given + self.wanted)


def agree(edits: Sequence[Intent], plan: Sequence[Stage], names: NameFinder) -> Agreement:
    """Pair the edits of an answer with those of the reference, so that the most parts agree.

    Every edit belongs to one pair at most, so a colour counts only where it is given to the right
    thing. The order of the edits makes no difference. Among equally good pairings the one with
    the most actions, then the most subjects counts.
    """
    if not edits or not plan:
        return Agreement(len(edits), len(plan), 0, 0, 0)
    same = np.array([[_parts(edit, stage, names) for stage in plan] for edit in edits], np.int64)
    weights = same @ [_BASE**2 + _BASE, _BASE**2 + 1, _BASE**2]
    rows, columns = _best_pairs(weights)
    action, subject, goal = (int(count) for count in same[rows, columns].sum(axis=0))
    return Agreement(len(edits), len(plan), action, subject, goal)


def _best_pairs(weights: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the assignment with the largest sum."""
    return linear_sum_assignment(weights, maximize=True)


def _parts(edit: Intent, stage: Stage, names: NameFinder) -> tuple[bool, bool, bool]:
    return (
        stage.same_action(edit),
        stage.same_subject(edit, names),
        stage.same_goal(edit, names),
    )
