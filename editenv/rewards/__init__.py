"""Rewards: named, weighted terms that add up."""

from editenv.rewards.presets import PRESETS, make_reward
from editenv.rewards.reward import Reward
from editenv.rewards.terms import TERMS, register_term

__all__ = ["PRESETS", "TERMS", "Reward", "make_reward", "register_term"]
