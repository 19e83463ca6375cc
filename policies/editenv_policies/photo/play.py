"""Playing: a team on the photo itself."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from editenv.agents import Team
from editenv.agents.roles import ACCEPT, Intent, RoundView
from editenv.agents.team import look, look_again
from editenv.failure import Failure, FailureError
from editenv.tools.cost import FREE, Cost
from editenv.types import Image, Region, ToolCall
from editenv.workspace import CONTROLS, Workspace
from editenv_policies.photo.team import why_nothing

MOST_ROUNDS = 24
"""No instruction that a person types has more clauses; a team that goes on is stuck."""


@dataclass(frozen=True, eq=False)
class Round:
    """What was wanted, what was called and what came of it.

    Attributes:
        intent: what the interpreter asked for; None where a policy decides alone.
        words: the person's own words for it, as far as known.
        call: the tool's call; None where nothing was called.
        region: the region it worked on; None without a call.
        before: (H, W, 3) uint8.
        after: (H, W, 3) uint8, `before` itself where nothing changed.
        reason: why nothing was done, or None.
        failure: what failed, or None.
        cost: what the edit cost, as declared or measured beforehand.
        seconds: how long it took here.
    """

    intent: Intent | None
    words: str
    call: ToolCall | None
    region: Region | None
    before: Image
    after: Image
    reason: str | None = None
    failure: Failure | None = None
    cost: Cost = FREE
    seconds: float = 0.0


def play_team(workspace: Workspace, team: Team) -> list[Round]:
    """Let a team work on the photo until it hands it in, or something fails."""
    team.reset(workspace)
    rounds: list[Round] = []
    for cycle in range(MOST_ROUNDS):
        try:
            view = look(workspace, cycle)
            view = view.after(intent=team.interpreter.interpret(view))
            if view.intent is not None:
                rounds.append(_play_intent(workspace, team, view))
                if rounds[-1].failure is not None:
                    return rounds
            view = look_again(view, workspace)
            verdict = team.critic.judge(view)
        except FailureError as error:
            rounds.append(failed(workspace.canvas, error.failure))
            return rounds
        if verdict == "submit" or (view.intent is None and verdict == ACCEPT):
            return rounds
        if verdict != ACCEPT:
            rounds.append(apply_call(workspace, None, "", ToolCall(verdict)))
    return rounds


def _play_intent(workspace: Workspace, team: Team, view: RoundView) -> Round:
    """Grounder, selector and editor decide on an intent; then the tool runs."""
    intent = view.intent
    assert intent is not None
    words = intent.clause or str(intent)
    view = view.after(region=team.grounder.ground(view))
    view = view.after(tool=team.selector.select(view))
    if view.tool is None or view.region is None:
        reason = why_nothing(view) or "the team chose no tool"
        canvas = workspace.canvas
        return Round(intent, words, None, None, canvas, canvas, reason)
    call = ToolCall(view.tool, view.region, team.editor.edit(view), words=words)
    return apply_call(workspace, intent, words, call)


def apply_call(workspace: Workspace, intent: Intent | None, words: str, call: ToolCall) -> Round:
    """Make a call on the photo and report what came of it."""
    before = workspace.canvas
    region = None if call.tool in CONTROLS else workspace.regions[call.region]
    start = time.perf_counter()
    transition = workspace.apply(call)
    seconds = time.perf_counter() - start
    after, reason, failure = workspace.canvas, transition.invalid, transition.failure
    if reason is None and failure is None and call.tool not in CONTROLS:
        reason = "it changed nothing" if np.array_equal(before, after) else None
    cost = transition.cost
    return Round(intent, words, call, region, before, after, reason, failure, cost, seconds)


def failed(canvas: Image, failure: Failure) -> Round:
    """A round in which a grounder, an interpreter or a critic failed."""
    return Round(None, "", None, None, canvas, canvas, None, failure)
