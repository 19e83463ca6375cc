"""Asking a judge about the pictures that were handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from editenv.envs.episode import Episode
from editenv.failure import Failure
from editenv.judges import Case, Judge
from editenv.workspace import Transition


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
