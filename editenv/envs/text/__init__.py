"""The environment for policies that answer in words, and its interfaces to trainers."""

from editenv.envs.text.dataset import to_dataset
from editenv.envs.text.env import ImageEditTextEnv
from editenv.envs.text.rewards import reward_functions

__all__ = ["ImageEditTextEnv", "reward_functions", "to_dataset"]
