"""What happens on the workspace: moments of it, and calls with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from editenv.failure import Failure
from editenv.success import Verdict
from editenv.tools.cost import FREE, Cost
from editenv.types import EditTask, Image, Region, ToolCall

if TYPE_CHECKING:
    from editenv.judges import Score


@dataclass(frozen=True, eq=False)
class State:
    """The picture at one moment. Arrays are never written to, so states may share them."""

    canvas: Image
    regions: tuple[Region | None, ...]
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that changes during an episode; made by ``Workspace.snapshot``."""

    state: State
    undo_stack: tuple[State, ...]
    history: tuple[ToolCall, ...]
    agreements: tuple[float, ...]
    submitted: bool
    spent: Cost
    failure: Failure | None


@dataclass(frozen=True, eq=False)
class Transition:
    """One call and what came of it: everything a reward term may look at.

    Attributes:
        task: the task being worked on.
        call: what was asked for.
        start: the state at the start of the episode.
        before: the state before the call.
        after: the state after it; ``before`` itself when nothing changed.
        invalid: why nothing was done, or None.
        agreement_gain: mean over the sub-edits of how much nearer the best call so far came to the
            reference plan, 0 to 1.
        submitted: whether this call ended the episode.
        cost: what the call cost; nothing where nothing was edited.
        failure: why the call could not be carried out by a tool that should have, or None. Such a
            transition is not to be scored.
        score: what a judge said of the picture that was handed in; None where nobody was asked.
    """

    task: EditTask
    call: ToolCall
    start: State
    before: State
    after: State
    invalid: str | None
    agreement_gain: float
    submitted: bool
    cost: Cost = FREE
    failure: Failure | None = None
    score: Score | None = None
