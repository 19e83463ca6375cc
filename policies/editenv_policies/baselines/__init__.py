"""Baselines to compare with: random, a keyword pipeline, one call only, an oracle."""

from __future__ import annotations

from collections.abc import Callable

from editenv_policies.baselines.one_call import OneCallActor
from editenv_policies.baselines.random import RandomActor
from editenv_policies.baselines.team import OracleActor, PipelineActor, TeamActor
from editenv_policies.evaluation import Actor

BASELINES: dict[str, Callable[[], Actor]] = {
    "random": RandomActor,
    "one-call": OneCallActor,
    "pipeline": PipelineActor,
    "oracle": OracleActor,
}


def register_baseline(name: str, make: Callable[[], Actor]) -> None:
    """Add a baseline that ``examples/evaluate.py --policy NAME`` then plays.

    Raises:
        ValueError: the name is taken.
    """
    if name in BASELINES:
        raise ValueError(f"name={name!r} is taken: {sorted(BASELINES)} are")
    BASELINES[name] = make


__all__ = [
    "BASELINES",
    "OneCallActor",
    "OracleActor",
    "PipelineActor",
    "RandomActor",
    "TeamActor",
    "register_baseline",
]
