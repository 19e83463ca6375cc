"""A trained team at play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pettingzoo import ParallelEnv

from editenv_policies.evaluation import Outcome
from editenv_policies.team.streams import stack


class TeamPlayer:
    """Plays a team environment with trained models.

    Args:
        models: by agent, anything with the ``policy`` of ``TeamLearner.models``.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = models

    def play(self, env: Any, seed: int) -> Outcome:
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
        return _outcome(rounds)

    def _decide(self, agent: str, observation: dict[str, Any]) -> int:
        mask = observation["action_mask"].astype(bool)
        action, _ = self._models[agent].predict(observation, action_masks=mask, deterministic=True)
        return int(action)


def play_side_by_side(model: Any, envs: Sequence[Any], seeds: Sequence[int]) -> list[Outcome]:
    """Play an episode for each seed, as many at once as there are environments.

    Args:
        model: plays all roles; its ``predict`` takes a batch of observations and masks.
        envs: AEC, all alike, with ``uniform_spaces="flat"`` and all roles learned.
        seeds: of the episodes.

    Returns:
        By seed, in their order.
    """
    outcomes: list[Outcome] = []
    for first in range(0, len(seeds), len(envs)):
        wave = seeds[first : first + len(envs)]
        playing = list(zip(envs, wave, strict=False))
        for env, seed in playing:
            env.reset(seed=seed)
        _play_out(model, [env for env, _ in playing])
        outcomes += [_outcome(env.rounds) for env, _ in playing]
    return outcomes


def _play_out(model: Any, envs: Sequence[Any]) -> None:
    """All were reset, and so the same role is on turn everywhere until the last one ends."""
    while envs := [env for env in envs if not env.rounds.over]:
        seen = stack([env.observe(env.agent_selection) for env in envs])
        masks = seen["action_mask"].astype(bool)
        actions, _ = model.predict(seen, action_masks=masks, deterministic=True)
        for env, action in zip(envs, actions.tolist(), strict=True):
            env.step(action)


def _outcome(rounds: Any) -> Outcome:
    calls = len(rounds.base.workspace.history)
    return Outcome(rounds.info({})["is_success"], rounds.team_return, calls)
