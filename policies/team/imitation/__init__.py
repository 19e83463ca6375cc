"""A team that learns from oracles: their decisions, a clone of them, and what it learns next."""

from policies.team.imitation.clone import TeamClone
from policies.team.imitation.collect import TeamPlan, collect_team
from policies.team.imitation.lessons import TurnData
from policies.team.imitation.training import train_team

__all__ = ["TeamClone", "TeamPlan", "TurnData", "collect_team", "train_team"]
