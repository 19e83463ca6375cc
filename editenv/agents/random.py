"""An agent that decides by chance: the least a team can do."""

from __future__ import annotations

from typing import Any

import numpy as np

from editenv.agents.roles import Turn


class RandomAgent:
    """Draws among the actions that the mask allows, with the environment's generator."""

    def act(self, turn: Turn) -> Any:
        """Draw an action."""
        if turn.action_mask is None:
            highest = np.asarray(turn.action_space.nvec, np.int64)
            return turn.rng.integers(highest)
        return np.int64(turn.rng.choice(np.flatnonzero(turn.action_mask)))
