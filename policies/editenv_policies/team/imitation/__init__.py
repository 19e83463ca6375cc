"""A team that learns from oracles: their decisions, a clone of them, and what it learns next."""

from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import TeamPlan
from editenv_policies.team.imitation.lessons import TurnData, TurnLessons

__all__ = ["TeamClone", "TeamPlan", "TurnData", "TurnLessons"]
