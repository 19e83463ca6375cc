"""How right each decision of a round is, measured against the ground truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from editenv.agents.english import has_word
from editenv.agents.roles import ACCEPT, Intent, RoundView
from editenv.agents.team import known_option
from editenv.imaging.metrics import overlap
from editenv.transition import State
from editenv.types import SubEdit
from editenv.workspace import SUBMIT, UNDO, Workspace


class RoundScores:
    """Scores the decisions of one round, each in [0, 1].

    A round is meant to do one of the sub-edits that are not done yet. Which one is left to the
    team: every decision narrows the choice to those that it fits best, so that a team whose members
    work at different sub-edits is told so.

    Args:
        workspace: at the start of the round.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._before = workspace.state
        verdict = workspace.state.verdict
        done = zip(workspace.task.sub_edits, verdict.done, strict=verdict.known)
        self._meant = [edit for edit, is_done in done if not is_done]

    def score(self, role: str, view: RoundView, decision: Any) -> float:
        """Score a decision.

        Args:
            role: whose decision.
            view: what was decided before it.
            decision: as the role's agent returns it.

        Returns:
            Interpreter: F1 of the tuple's three parts. Grounder: intersection over union with the
            subject. Selector, editor, critic: 1 for the right one, else 0; an editor also gets 1
            where no tool was chosen or none of its options is right. Without ground truth: 1.
        """
        if not self._before.verdict.known:
            return 1.0
        if role == "critic":
            return float(decision == right_verdict(self._before, self._workspace.state))
        if not self._meant:
            return self._score_idle(role, view, decision)
        fits: dict[str, Callable[[SubEdit], float]] = {
            "interpreter": lambda edit: tuple_f1(decision, edit),
            "grounder": lambda edit: _region_fit(view, decision, edit),
            "selector": lambda edit: _tool_fit(view, decision, edit),
            "editor": lambda edit: _option_fit(view, decision, edit),
        }
        found = [fits[role](edit) for edit in self._meant]
        best = max(found)
        self._meant = [e for e, fit in zip(self._meant, found, strict=True) if fit == best]
        return best

    @staticmethod
    def _score_idle(role: str, view: RoundView, decision: Any) -> float:
        """Nothing is left to do: right is no intent and no tool; the rest makes no difference."""
        return float(role not in ("interpreter", "selector") or decision is None)


def right_verdict(before: State, after: State) -> str:
    """Submit solved work, take back what made things worse, accept everything else.

    Worse is: fewer sub-edits done, or no more of them and farther from the target.
    """
    if after.verdict.success:
        return SUBMIT
    gained = sum(after.verdict.done) - sum(before.verdict.done)
    farther = after.verdict.distance > before.verdict.distance
    return UNDO if gained < 0 or (gained == 0 and farther) else ACCEPT


def tuple_f1(intent: Intent | None, edit: SubEdit) -> float:
    """F1 of (action, subject, goal), which is the share of equal parts: both sides have three."""
    if intent is None:
        return 0.0
    subject = intent.subject == edit.subject or has_word(intent.subject, edit.subject)
    goal = edit.goal in ("", intent.goal)
    return ((intent.action == edit.action) + subject + goal) / 3.0


def _region_fit(view: RoundView, slot: int, edit: SubEdit) -> float:
    region = view.regions[slot]
    if region is None:
        return 0.0
    if edit.subject_mask is None:
        return float(region.label == edit.subject)
    return overlap(region.mask, edit.subject_mask)


def _tool_fit(view: RoundView, tool: str | None, edit: SubEdit) -> float:
    return float(tool is not None and view.tools[tool].action == edit.action)


def _option_fit(view: RoundView, option: int, edit: SubEdit) -> float:
    number = known_option(view, option)
    if view.tool is None or number is None:
        return 1.0
    options = view.tools[view.tool].options
    return float(edit.goal in ("", options[number]) or edit.goal not in options)
