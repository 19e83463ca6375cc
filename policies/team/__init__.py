"""Learners for the team of ``image_edit_v0``. Needs the extras ``sb3`` and ``team``."""

from policies.team.actor import TeamActor
from policies.team.learner import TeamLearner
from policies.team.policy import TeamPolicy
from policies.team.together import TogetherLearner
from policies.team.vec_env import TeamVecEnv

__all__ = ["TeamActor", "TeamLearner", "TeamPolicy", "TeamVecEnv", "TogetherLearner"]
