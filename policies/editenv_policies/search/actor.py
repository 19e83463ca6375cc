"""A search as an actor: it plans when the episode starts, and carries the plan out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium

from editenv.envs.image_edit import ImageEditEnv
from editenv.types import ToolCall
from editenv.workspace import SUBMIT
from editenv_policies.search.beam import Plan


class SearchActor:
    """Plays the calls that a search found.

    Args:
        search: from an environment, wrapped as it is, at the start of an episode to a plan.

    Attributes:
        steps: calls tried in all searches so far.
    """

    def __init__(self, search: Callable[[gymnasium.Env], Plan]) -> None:
        self._search = search
        self._calls: list[ToolCall] = []
        self.steps = 0

    def reset(self, env: gymnasium.Env) -> None:
        """Search."""
        plan = self._search(env)
        self._calls = list(plan.calls)
        self.steps += plan.steps

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Return the plan's next call; where it ends before the episode, hand in."""
        base = env.unwrapped
        assert isinstance(base, ImageEditEnv)
        return base.encode(self._calls.pop(0) if self._calls else ToolCall(SUBMIT))
