"""The environment for policies that answer in words, and its interfaces to trainers."""

from editenv.envs.text.dataset import to_dataset
from editenv.envs.text.env import ImageEditTextEnv
from editenv.envs.text.rewards import reward_functions
from editenv.envs.text.space import UnicodeText

__all__ = ["ImageEditTextEnv", "UnicodeText", "reward_functions", "to_dataset"]
