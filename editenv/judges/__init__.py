"""Judges: scores for pictures that have no ground truth, and for those that have.

A new kind is a file and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from editenv.judges.base import BEST, Case, Judge, Score

JUDGE_KINDS: dict[str, str] = {}
"""By name or prefix: ``module:function`` that builds a judge from what comes after the colon."""


def make_judge(judge: str | Judge | Mapping[str, float]) -> Judge:
    """Find or build a judge.

    Args:
        judge: a name, weights by name (a mix), or an object, which is returned as it is.

    Raises:
        ValueError: none of these.
        gymnasium.error.DependencyNotInstalled: the kind's packages are missing.
    """
    if isinstance(judge, str):
        kind, _, where = judge.partition(":")
        if kind in JUDGE_KINDS:
            module, _, function = JUDGE_KINDS[kind].partition(":")
            return getattr(import_module(module), function)(where)
    elif isinstance(judge, Judge) and not isinstance(judge, type):
        return judge
    accepted = [f"{kind}" for kind in JUDGE_KINDS]
    raise ValueError(f"judge={judge!r} is not accepted: give one of {accepted} or a Judge")


__all__ = ["BEST", "JUDGE_KINDS", "Case", "Judge", "Score", "make_judge"]
