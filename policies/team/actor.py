"""A trained team at play."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pettingzoo import ParallelEnv


class TeamActor:
    """Plays a team environment with trained models.

    Args:
        models: by agent, anything with the ``policy`` of ``TeamLearner.models``.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = models

    def play(self, env: Any, seed: int) -> tuple[bool, float, int]:
        """Play one episode; return success, the sum of the calls' rewards, and their number.

        Args:
            env: AEC or parallel, with ``uniform_spaces="flat"``.
            seed: of the episode.
        """
        rounds = env.unwrapped.rounds
        if isinstance(env, ParallelEnv):
            seen, _ = env.reset(seed=seed)
            while env.agents:
                seen, *_ = env.step({a: self._decide(a, seen[a]) for a in env.agents})
        else:
            env.reset(seed=seed)
            while not rounds.over:
                agent = env.agent_selection
                env.step(self._decide(agent, env.observe(agent)))
        calls = len(rounds.base.workspace.history)
        return rounds.info({})["is_success"], rounds.team_return, calls

    def _decide(self, agent: str, observation: dict[str, Any]) -> int:
        mask = observation["action_mask"].astype(bool)
        action, _ = self._models[agent].predict(observation, action_masks=mask, deterministic=True)
        return int(action)
