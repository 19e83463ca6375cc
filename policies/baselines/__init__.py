"""Baselines to compare with: random, a keyword pipeline, one call only, an oracle."""

from __future__ import annotations

from collections.abc import Callable

from policies.baselines.one_call import OneCallActor
from policies.baselines.random import RandomActor
from policies.baselines.team import OracleActor, PipelineActor, TeamActor
from policies.evaluation import Actor

BASELINES: dict[str, Callable[[], Actor]] = {
    "random": RandomActor,
    "one-call": OneCallActor,
    "pipeline": PipelineActor,
    "oracle": OracleActor,
}

__all__ = ["BASELINES", "OneCallActor", "OracleActor", "PipelineActor", "RandomActor", "TeamActor"]
