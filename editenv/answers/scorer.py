"""Scoring answers to one task, with everything shared that answers have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from editenv.agents.roles import Intent
from editenv.answers.agreement import Agreement, agree
from editenv.answers.execute import apply_intent
from editenv.answers.format import Answer
from editenv.answers.plan import Stage, plan_of
from editenv.answers.words import Impossible, NameFinder
from editenv.caching import ByteCache
from editenv.encoders import TextEncoder
from editenv.failure import Failure
from editenv.judges import Score
from editenv.success import Verdict
from editenv.tools import Tool
from editenv.tools.cost import CostLimit
from editenv.types import EditTask, Region
from editenv.workspace import Workspace

KEPT_BYTES = 256 * 2**20
"""About what the canvases of answers take that are kept for others that begin alike."""


class WeightedTerms(Protocol):
    """A reward of answers."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Weight by name of term."""
        ...

    def __call__(self, standing: Standing) -> dict[str, float]:
        """Return each term times its weight."""
        ...


class AnswerRules:
    """What is the same for all tasks, and the canvases of the latest answers.

    Args:
        tools: carry the edits out.
        encoder: finds synonyms.
        reward: from how things stand to each term times its weight.
        pointing: see ``NameFinder``.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        encoder: TextEncoder,
        reward: WeightedTerms,
        *,
        pointing: bool = False,
    ) -> None:
        self.tools = tuple(tools)
        self.names = NameFinder(encoder, pointing=pointing)
        self.reward = reward
        self.played: ByteCache[tuple[Scorer, tuple[Intent, ...]], Played] = ByteCache(KEPT_BYTES)


@dataclass(frozen=True, eq=False)
class Played:
    """What came of a list of edits.

    Attributes:
        workspace: after them; not to be changed.
        refusals: for each edit, why it was not carried out; ``""`` where it was.
    """

    workspace: Workspace
    refusals: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes of the canvas and as many masks as there are regions: no more than it takes."""
        height, width = self.workspace.canvas.shape[:2]
        regions = sum(region is not None for region in self.workspace.regions)
        return height * width * (3 + regions)


@dataclass(frozen=True, eq=False)
class Standing:
    """How things stand after some answers: all that a term may look at.

    Attributes:
        scorer: of the task.
        answers: how many there were.
        well_formed: how many of them could be read.
        edits: all that they asked for, in order.
        score: what a judge said of the picture that was handed in; None before, or without one.
    """

    scorer: Scorer
    answers: int = 0
    well_formed: int = 0
    edits: tuple[Intent, ...] = ()
    score: Score | None = None

    def after(self, answer: Answer) -> Standing:
        """How things stand after one more answer."""
        return Standing(
            self.scorer,
            self.answers + 1,
            self.well_formed + (not answer.problem),
            (*self.edits, *answer.edits),
        )

    @cached_property
    def played(self) -> Played:
        """The edits, carried out.

        Raises:
            FailureError: a tool could not make one; what came of the others is kept for next time.
        """
        return self.scorer.play(self.edits)

    @cached_property
    def agreement(self) -> Agreement:
        """The edits against the reference."""
        return agree(self.edits, self.scorer.plan, self.scorer.rules.names)

    @property
    def start(self) -> Verdict:
        """How the user's own picture stands against the task."""
        return self.scorer.task_start

    @property
    def verdict(self) -> Verdict:
        """How the picture stands against the task."""
        return self.played.workspace.state.verdict

    @cached_property
    def values(self) -> dict[str, float]:
        """Each term times its weight; zeros before the first answer."""
        return self.scorer.rules.reward(self)


class Scorer:
    """One task, its reference, and what became of the answers so far.

    Args:
        task: what is to be done.
        regions: a grounder's proposals by slot; see ``Workspace``.
        rules: tools, encoder and reward.
        seed: of tools with randomness; see ``Workspace``.
        limit: what an episode may cost; see ``Workspace``.
        failure: why nothing can be scored, a grounder's for example; None where all is well.
    """

    def __init__(
        self,
        task: EditTask,
        regions: Sequence[Region | None],
        rules: AnswerRules,
        seed: int = 0,
        limit: CostLimit | None = None,
        failure: Failure | None = None,
    ) -> None:
        self.task = task
        self.rules = rules
        self.failure = failure
        self._start = Played(Workspace(task, rules.tools, regions, seed=seed, limit=limit))

    @cached_property
    def plan(self) -> tuple[Stage, ...]:
        """The task's sub-edits in words."""
        return plan_of(self.task, self.rules.tools, self.rules.names)

    @property
    def task_start(self) -> Verdict:
        """How the user's own picture stands against the task."""
        return self._start.workspace.state.verdict

    @property
    def nbytes(self) -> int:
        """About what the task and its reference take, in bytes."""
        return 2 * self._start.nbytes * (1 + len(self.task.sub_edits))

    def begin(self) -> Standing:
        """How things stand before any answer."""
        return Standing(self)

    def play(self, edits: tuple[Intent, ...]) -> Played:
        """Carry edits out one after the other, from the longest beginning that is known."""
        kept = self.rules.played
        known = len(edits)
        while known and (self, edits[:known]) not in kept:
            known -= 1
        played = kept[self, edits[:known]] if known else self._start
        for end in range(known + 1, len(edits) + 1):
            played = self._extended(played, edits[end - 1])
            if played.nbytes <= kept.maxsize:
                kept[self, edits[:end]] = played
        return played

    def _extended(self, played: Played, edit: Intent) -> Played:
        workspace, refusal = played.workspace.copy(), ""
        try:
            apply_intent(workspace, edit, self.rules.names)
        except Impossible as reason:
            refusal = str(reason)
        return Played(workspace, (*played.refusals, refusal))
