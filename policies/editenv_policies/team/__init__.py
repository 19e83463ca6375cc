"""Learners for the team of ``image_edit_v0``. Needs the extras ``sb3`` and ``team``."""

from editenv_policies.team.actor import TeamPlayer
from editenv_policies.team.learner import TeamLearner
from editenv_policies.team.policy import TeamPolicy
from editenv_policies.team.shipped import load_team
from editenv_policies.team.vec_env import TeamVecEnv, learner_at_once

__all__ = [
    "TeamLearner",
    "TeamPlayer",
    "TeamPolicy",
    "TeamVecEnv",
    "learner_at_once",
    "load_team",
]
