"""An episode as an agent lives through it, and a call in it: engine, judge and reward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from editenv.envs.rendering import render_frame, render_text
from editenv.failure import Failure, FailureLog
from editenv.judges import Case, Judge
from editenv.rewards import Reward
from editenv.tools.cache.cached_tool import cache_info
from editenv.transition import Transition
from editenv.types import Image, ToolCall
from editenv.workspace import Workspace, apply_all


class Episode:
    """A workspace with the outcome of its last call.

    Args:
        workspace: the task in progress.
        privileged: whether the agent is told what it would have to see.

    Attributes:
        workspace: the task in progress.
        last: the last call and what came of it, None before the first.
        reward_terms: the weighted terms of its reward, empty before the first call.
    """

    def __init__(self, workspace: Workspace, *, privileged: bool = False) -> None:
        self.workspace = workspace
        self.privileged = privileged
        self.last: Transition | None = None
        self.reward_terms: dict[str, float] = {}

    def record(self, transition: Transition, reward: Reward) -> None:
        """Take note of a call that was carried out."""
        self.last = transition
        # What could not be done is not scored.
        self.reward_terms = reward(transition) if transition.failure is None else {}

    @property
    def reward(self) -> float:
        """The reward of the last call; 0 where it failed, which is to be left out, not learned."""
        return float(sum(self.reward_terms.values()))

    @property
    def terminated(self) -> bool:
        """Whether the work was handed in and, where there is a judge, judged."""
        return self.workspace.submitted and self.workspace.failure is None

    @property
    def failed(self) -> bool:
        """Whether something failed that the episode needs: it is truncated."""
        return self.workspace.failure is not None

    def copy(self) -> Episode:
        """Return another episode at the same moment; pictures are shared, none is copied."""
        twin = Episode(self.workspace.copy(), privileged=self.privileged)
        twin.last, twin.reward_terms = self.last, self.reward_terms
        return twin

    def summary(self) -> dict[str, Any]:
        """Return what ``info`` says of this moment, without the mask."""
        workspace = self.workspace
        verdict = workspace.state.verdict
        return {
            "instruction": workspace.task.instruction,
            "invalid": (self.last and self.last.invalid) or "",
            "reward_terms": dict(self.reward_terms),
            "checklist": verdict.done,
            "is_success": self.terminated and verdict.success,
            "cost": workspace.spent.info(),
            **self.rare(),
            **cache_info(workspace.tools.values()),
        }

    def rare(self) -> dict[str, Any]:
        """Return what ``info`` says only where it is so: ``privileged``, ``failure``, ``judge``."""
        info: dict[str, Any] = {"privileged": True} if self.privileged else {}
        if self.workspace.failure is not None:
            info["failure"] = self.workspace.failure.info()
        if self.last is not None and self.last.score is not None:
            info["judge"] = self.last.score.info()
        return info

    def frame(self) -> Image:
        """Draw the moment, (H', W', 3) uint8."""
        return render_frame(**self._view())

    def text(self) -> str:
        """Tell the moment in words."""
        return render_text(**self._view())

    def _view(self) -> dict[str, Any]:
        workspace = self.workspace
        task, verdict = workspace.task, workspace.state.verdict
        names = [f"{edit.action} {edit.subject} {edit.goal}" for edit in task.sub_edits]
        return {
            "source": task.source,
            "canvas": workspace.canvas,
            "target": task.target,
            "instruction": task.instruction,
            "last_call_text": "" if self.last is None else _describe(self.last, workspace),
            "reward_terms": self.reward_terms,
            "checklist": list(zip(names, verdict.done, strict=False)),
            "regions": workspace.named_regions,
        }


def _describe(transition: Transition, workspace: Workspace) -> str:
    call: ToolCall = transition.call
    text, tool = call.tool, workspace.tools.get(call.tool)
    if tool is not None and transition.invalid is None:
        region = workspace.name_of(transition.before, call.region)
        text = f"{call.tool}: {region} -> {tool.options[call.option]}"
    return f"{text} (invalid: {transition.invalid})" if transition.invalid else text


class Scoring(Protocol):
    """What calls are scored by; an ``EditSetup`` has it.

    Attributes:
        reward: pays for every call.
        judge: scores what is handed in, None for nobody.
        failures: hears what failed.
    """

    reward: Reward
    judge: Judge | None
    failures: FailureLog


def play(
    setup: Scoring, episodes: Sequence[Episode], calls: Sequence[ToolCall]
) -> list[Transition]:
    """Carry out a call in each of several episodes: engine, judge and reward, in this order.

    Args:
        setup: what the calls are scored by.
        episodes: N of them.
        calls: N, one for each.

    Returns:
        What came of each; ``Episode.last`` and ``Episode.reward`` say it too.

    Raises:
        ComponentDown: a tool or the judge failed too often in a row.
    """
    alive = [not episode.failed for episode in episodes]
    transitions = apply_all([episode.workspace for episode in episodes], calls)
    if setup.judge is not None:
        transitions = judged(setup.judge, episodes, transitions)
    for episode, transition in zip(episodes, transitions, strict=True):
        episode.record(transition, setup.reward)
    _log(setup, [transition for transition, new in zip(transitions, alive, strict=True) if new])
    return transitions


def judged(
    judge: Judge, episodes: Sequence[Episode], transitions: Sequence[Transition]
) -> list[Transition]:
    """Have those pictures judged that were just handed in, all at once.

    Args:
        judge: who is asked.
        episodes: N episodes.
        transitions: the N calls that were just made in them.

    Returns:
        The transitions, with the score or, where there is none, the failure; the workspace of an
        episode whose picture could not be judged has failed.
    """
    asked = [number for number, transition in enumerate(transitions) if transition.submitted]
    if not asked:
        return list(transitions)
    cases = [Case(transitions[n].task, transitions[n].after.canvas) for n in asked]
    results = list(transitions)
    for number, verdict in zip(asked, judge.judge(cases), strict=True):
        if isinstance(verdict, Failure):
            episodes[number].workspace.fail(verdict)
            results[number] = replace(transitions[number], failure=verdict)
        else:
            results[number] = replace(transitions[number], score=verdict)
    return results


def _log(setup: Scoring, transitions: Sequence[Transition]) -> None:
    """Tell the log what works again, and what has failed."""
    log = setup.failures
    if log.troubled:
        for transition in transitions:
            if transition.failure is None and transition.invalid is None:
                log.succeeded(f"tool:{transition.call.tool}")
            if transition.score is not None and setup.judge is not None:
                log.succeeded(f"judge:{setup.judge.name}")
    for transition in transitions:
        if transition.failure is not None:
            log.failed(transition.failure)
