"""A call in each of several episodes: engine, judge and reward, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from editenv.envs.episode import Episode
from editenv.envs.setup import EditSetup
from editenv.failure import Failure
from editenv.judges import Case, Judge
from editenv.transition import Transition
from editenv.types import ToolCall
from editenv.workspace import apply_all


def play(
    setup: EditSetup, episodes: Sequence[Episode], calls: Sequence[ToolCall]
) -> list[Transition]:
    """Carry out a call in each of several episodes, have it judged and rewarded.

    Args:
        setup: of the environment; its log hears what failed.
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


def _log(setup: EditSetup, transitions: Sequence[Transition]) -> None:
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
