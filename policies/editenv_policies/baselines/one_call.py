"""One call for the whole instruction, as a monolithic editor would make it."""

from __future__ import annotations

from typing import Any

import gymnasium

from editenv.types import ToolCall
from editenv.workspace import SUBMIT
from editenv_policies.baselines.team import PipelineActor
from editenv_policies.evaluation import Actor


class OneCallActor:
    """Makes the first call of another actor, then submits.

    Args:
        actor: whose first call is made; the keyword pipeline by default.
    """

    def __init__(self, actor: Actor | None = None) -> None:
        self._actor = actor or PipelineActor()
        self._called = False

    def reset(self, env: gymnasium.Env) -> None:
        """Get ready for one call."""
        self._actor.reset(env)
        self._called = False

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Call once, then submit."""
        if self._called:
            base: Any = env.unwrapped
            return base.encode(ToolCall(SUBMIT))
        self._called = True
        return self._actor.act(observation, env)
