"""Actions by chance."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class RandomActor:
    """Draws among the actions that the mask allows.

    Args:
        seed: of the draws.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)

    def reset(self, env: gymnasium.Env) -> None:
        """Nothing to prepare."""

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Draw each number of the action by itself."""
        mask = env.get_wrapper_attr("action_masks")()
        if isinstance(env.action_space, spaces.Discrete):
            return np.int64(self._rng.choice(np.flatnonzero(mask)))
        assert isinstance(env.action_space, spaces.MultiDiscrete)
        ends = np.cumsum(env.action_space.nvec)[:-1]
        parts = np.split(mask, ends)
        return np.array([self._rng.choice(np.flatnonzero(part)) for part in parts])
