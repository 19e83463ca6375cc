"""Spaces in the place of an environment."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv


class SpacesOnly(VecEnv):
    """Tells an SB3 algorithm what it will learn on; the learner plays the environments itself."""

    def __init__(self, num_envs: int, observation_space: spaces.Space, action_space: spaces.Space):
        self.render_mode = None
        super().__init__(num_envs, observation_space, action_space)

    def reset(self) -> Any:
        """Not for playing."""
        raise RuntimeError("SpacesOnly has no episodes: TeamLearner plays them")

    step_async = step_wait = env_method = set_attr = reset  # type: ignore[assignment]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """SB3 asks for the render mode only."""
        return [getattr(self, attr_name) for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """Nothing is wrapped."""
        return [False for _ in self._get_indices(indices)]

    def close(self) -> None:
        """Nothing to close."""
