"""One episode in words: answers, what came of each, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from editenv.agents.roles import Intent
from editenv.answers.format import Answer, parse_answer
from editenv.answers.scorer import Scorer, Standing
from editenv.answers.words import printable
from editenv.failure import Failure, FailureError
from editenv.judges import Case, Score
from editenv.types import Image, ToolCall
from editenv.workspace import SUBMIT, Workspace

MAX_TEXT = 16_384
"""Characters of what the policy is told in one turn; more is cut."""


class Conversation:
    """Answers to one task, turn by turn.

    Args:
        scorer: of the task.
        max_turns: answers after which the picture is handed in; at least 1.

    Attributes:
        standing: how things stand.
        answer: the last answer, None before the first.
        over: whether the picture has been handed in.
        failure: what ended the work before its time, or None. The answer that met it is not scored.
        reward_terms: what the last answer added to each weighted term; empty before the first, and
            where it could not be scored.
    """

    def __init__(self, scorer: Scorer, max_turns: int = 1) -> None:
        self._scorer = scorer
        self._max_turns = max_turns
        self.standing: Standing = scorer.begin()
        self.answer: Answer | None = None
        self.over = False
        self.failure: Failure | None = scorer.failure
        self.reward_terms: dict[str, float] = {}
        self._handed_in: Workspace | None = None
        self._before: Standing | None = None

    @property
    def scorer(self) -> Scorer:
        """The scorer of the task."""
        return self._scorer

    @property
    def workspace(self) -> Workspace:
        """The engine, for looking only."""
        return self._handed_in or self.standing.played.workspace

    def apply_answer(self, text: str) -> None:
        """Take one answer, which is scored by ``settle``.

        Once the picture is handed in, or something has failed, answers change nothing.
        """
        self.reward_terms = {}
        if self.failure is not None:
            self.answer = Answer(problem=str(self.failure))
            return
        if self.over:
            self.answer = Answer(problem="the picture has been handed in")
            return
        self.answer = parse_answer(text)
        standing = self.standing.after(self.answer)
        try:
            standing.played  # noqa: B018 (carries the edits out)
        except FailureError as error:
            self.failure = error.failure
            self.answer = Answer(problem=str(self.failure))
            return
        self._before, self.standing = self.standing, standing
        self.over = self.answer.hands_in or standing.answers >= self._max_turns
        if self.over:
            self._handed_in = standing.played.workspace.copy()
            self._handed_in.apply(ToolCall(SUBMIT))

    def settle(self, verdict: Score | Failure | None = None) -> None:
        """Score the last answer.

        Args:
            verdict: what a judge says of the picture, if it has been handed in and there is one.
        """
        if isinstance(verdict, Failure):
            self.failure = verdict
        elif verdict is not None:
            self.standing = replace(self.standing, score=verdict)
        before, self._before = self._before, None
        if self.failure is not None:
            return
        if before is None:
            self.reward_terms = dict.fromkeys(self._scorer.rules.reward.weights, 0.0)
            return
        self.reward_terms = {
            name: value - before.values[name] for name, value in self.standing.values.items()
        }

    @property
    def case(self) -> Case | None:
        """What a judge has to look at now: a picture that was just handed in."""
        if self._before is None or not self.over:
            return None
        return Case(self._scorer.task, self.workspace.canvas)

    def copy(self) -> Conversation:
        """Return another conversation at the same moment; pictures are shared, none is copied."""
        twin = Conversation(self._scorer, self._max_turns)
        twin.__dict__.update(self.__dict__)
        return twin

    @property
    def results(self) -> tuple[tuple[Intent, str], ...]:
        """The last answer's edits, and why each was not carried out (``""`` where it was)."""
        edits = self.answer.edits if self.answer else ()
        refusals = self.standing.played.refusals
        return tuple(zip(edits, refusals[len(refusals) - len(edits) :], strict=True))

    def text(self) -> str:
        """What the policy is told: the instruction and what came of its last answer."""
        told = [self._scorer.task.instruction, *self._report()]
        return "\n".join(printable(line) for text in told for line in text.split("\n"))[:MAX_TEXT]

    def _report(self) -> list[str]:
        if self.answer is None:
            return []
        lines = ["", f"After answer {self.standing.answers} of {self._max_turns}:"]
        if self.answer.problem:
            lines.append(f"- nothing was done, for the answer is malformed: {self.answer.problem}")
        lines += [f"- {in_words(edit)}: {refusal or 'done'}" for edit, refusal in self.results]
        if self.over:
            return [*lines, "The picture was handed in."]
        return [*lines, "Answer with what is left to do; with empty lists to hand the picture in."]

    def summary(self) -> dict[str, Any]:
        """Return what ``info`` says of this moment."""
        task, verdict = self._scorer.task, self.standing.verdict
        return {
            "instruction": task.instruction,
            "reward_terms": dict(self.reward_terms),
            "edits": tuple((e.action, e.subject, e.goal) for e, _ in self.results),
            "refusals": tuple(refusal for _, refusal in self.results),
            "problem": self.answer.problem if self.answer else "",
            "turn": self.standing.answers,
            "checklist": verdict.done,
            "is_success": self.over and self.failure is None and verdict.success,
            "cost": self.workspace.spent.info(),
            **({} if self.failure is None else {"failure": self.failure.info()}),
            **({} if self.standing.score is None else {"judge": self.standing.score.info()}),
        }

    def view(self) -> dict[str, Any]:
        """Return what ``render_frame`` and ``render_text`` draw, but for the target's source."""
        task, workspace = self._scorer.task, self.workspace
        names = [f"{edit.action} {edit.subject} {edit.goal}" for edit in task.sub_edits]
        target: Image | None = task.target
        return {
            "source": task.source,
            "canvas": workspace.canvas,
            "target": target,
            "instruction": printable(task.instruction),
            "last_call_text": self._last_words(),
            "reward_terms": self.reward_terms,
            "checklist": list(zip(names, workspace.state.verdict.done, strict=False)),
            "regions": workspace.named_regions,
        }

    def _last_words(self) -> str:
        if self.answer is None:
            return ""
        if self.answer.problem:
            return f"malformed: {self.answer.problem}"
        said = [f"{in_words(e)} ({why})" if why else in_words(e) for e, why in self.results]
        return "; ".join(said) or "nothing left to do"


def in_words(edit: Intent) -> str:
    """An edit as a line of text."""
    goal = f" -> {edit.goal}" if edit.goal else ""
    return f"{edit.action} {edit.subject}{goal}"
