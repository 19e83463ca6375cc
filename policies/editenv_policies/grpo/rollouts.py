"""Playing groups of episodes that begin at one state, in any SB3 vector environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sb3_contrib.common.maskable.utils import get_action_masks
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import obs_as_tensor
from stable_baselines3.common.vec_env import VecEnv

from editenv_policies.grpo.episodes import Episodes

UNSCORED = "failure"
"""Key of ``info`` that says why an episode could not be scored; such episodes earn nothing."""


def start_at(env: VecEnv, seeds: Sequence[int], options: Sequence[dict[str, Any]]) -> Any:
    """Reset each sub-environment with its seed and options; equal ones start alike."""
    # SB3 spreads one seed; the list that it keeps for the next reset has one per environment.
    env.unwrapped._seeds = list(seeds)
    env.set_options([dict(option) for option in options])
    return env.reset()


class Recorder:
    """Collects the steps of one round of episodes, one in each sub-environment.

    Args:
        count: number of sub-environments.

    Attributes:
        steps: of each step of the round: which sub-environments acted, the place of the step in
            their episodes, observations, actions, log-probabilities and masks.
        rewards: of each step of the round, the rewards of those that acted.
        returns: (count,) float64, NaN where an episode could not be scored.
        lengths: (count,) int64, steps so far.
        over: (count,) bool, whose episode has ended.
    """

    def __init__(self, count: int) -> None:
        self.returns = np.zeros(count, np.float64)
        self.over = np.zeros(count, np.bool_)
        self.steps: list[tuple[Any, ...]] = []
        self.rewards: list[np.ndarray] = []
        self.lengths = np.zeros(count, np.int64)

    @property
    def acting(self) -> np.ndarray:
        """Numbers of the sub-environments whose episode goes on."""
        return np.flatnonzero(~self.over)

    def add(self, seen: Any, actions: np.ndarray, log_probs: np.ndarray, masks: Any) -> None:
        """Record what the acting sub-environments saw and did."""
        rows = self.acting
        picked = {k: v[rows] for k, v in seen.items()} if isinstance(seen, dict) else seen[rows]
        masks = None if masks is None else masks[rows]
        place = self.lengths[rows].copy()
        self.steps.append((rows, place, picked, actions[rows], log_probs[rows], masks))
        self.lengths[rows] += 1

    def reward(self, rewards: np.ndarray, dones: np.ndarray, infos: Sequence[dict]) -> None:
        """Record the results of the step."""
        rows = self.acting
        self.returns[rows] += rewards[rows]
        self.rewards.append(rewards[rows])
        for number in rows[dones[rows]]:
            if infos[number].get(UNSCORED):
                self.returns[number] = np.nan
        self.over[rows] = dones[rows]


def play_round(
    env: VecEnv, policy: Any, seen: Any, callback: BaseCallback, masked: bool, on_step: Any
) -> Recorder | None:
    """Play one episode in each sub-environment; None when the callback stops the training.

    Args:
        env: just reset.
        policy: an SB3 actor-critic policy.
        seen: its first observation.
        callback: is told of every step.
        masked: whether the policy takes action masks.
        on_step: is told how many sub-environments acted, whose episodes ended, and the infos.
    """
    recorder = Recorder(env.num_envs)
    while not recorder.over.all():
        masks = get_action_masks(env) if masked else None
        arguments = {} if masks is None else {"action_masks": masks}
        with torch.no_grad():
            actions, _, log_probs = policy(obs_as_tensor(seen, policy.device), **arguments)
        actions = actions.cpu().numpy()
        recorder.add(seen, actions, log_probs.cpu().numpy(), masks)
        acting = recorder.acting
        seen, rewards, dones, infos = env.step(_clipped(actions, env.action_space))
        recorder.reward(rewards, dones, infos)
        on_step(acting, dones, infos)
        callback.update_locals(locals())
        if not callback.on_step():
            return None
    return recorder


def _clipped(actions: np.ndarray, space: Any) -> np.ndarray:
    """A Gaussian policy may leave a box."""
    return np.clip(actions, space.low, space.high) if hasattr(space, "low") else actions


def gather(recorders: Sequence[Recorder]) -> Episodes:
    """Put rounds of episodes together."""
    columns: list[list[Any]] = [[] for _ in range(7)]
    first = 0
    for recorder in recorders:
        for (rows, *rest), gained in zip(recorder.steps, recorder.rewards, strict=True):
            for column, value in zip(columns, (rows + first, *rest, gained), strict=True):
                column.append(value)
        first += len(recorder.returns)
    episode, step, seen, actions, log_probs, masks, gained = columns
    return Episodes(
        observations=_joined(seen),
        actions=torch.as_tensor(np.concatenate(actions)),
        log_probs=torch.as_tensor(np.concatenate(log_probs)),
        action_masks=None if masks[0] is None else np.concatenate(masks),
        episode=torch.as_tensor(np.concatenate(episode)),
        step=torch.as_tensor(np.concatenate(step)),
        rewards=torch.as_tensor(np.concatenate(gained)).float(),
        returns=torch.as_tensor(np.concatenate([r.returns for r in recorders])).float(),
        length=int(max(recorder.lengths.max() for recorder in recorders)),
    )


def _joined(seen: Sequence[Any]) -> Any:
    if isinstance(seen[0], dict):
        return {key: torch.as_tensor(np.concatenate([s[key] for s in seen])) for key in seen[0]}
    return torch.as_tensor(np.concatenate(seen))
