"""editenv: agentic image editing as a standard reinforcement-learning environment."""

from editenv.registration import CONFIGURATIONS, register_envs
from editenv.types import EditTask, Region, SubEdit, ToolCall

__version__ = "0.2.0"

__all__ = ["CONFIGURATIONS", "EditTask", "Region", "SubEdit", "ToolCall"]

register_envs()
