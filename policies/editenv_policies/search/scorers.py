"""How a search tells good states from bad ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from editenv.envs.vector import ImageEditVectorEnv


class RewardScorer:
    """The environment's own rewards so far: an oracle, since they know the target."""

    def score(
        self,
        envs: ImageEditVectorEnv,
        returns: np.ndarray,
        over: np.ndarray,
        before: np.ndarray | None,
    ) -> np.ndarray:
        """Return the sums of rewards."""
        return returns


class CriticScorer:
    """A trained actor-critic's value of what can be seen: no ground truth at all.

    The value of a state is what the policy expects to earn from there on, so it is highest where
    the work is done and has only to be handed in. Work that was handed in is worth what its last
    state was worth before; an episode that ran out of steps is worth nothing.

    Args:
        model: a Stable-Baselines3 actor-critic.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def score(
        self,
        envs: ImageEditVectorEnv,
        returns: np.ndarray,
        over: np.ndarray,
        before: np.ndarray | None,
    ) -> np.ndarray:
        """Return the critic's values, (N,)."""
        observation, _ = self._model.policy.obs_to_tensor(envs.observe())
        with torch.no_grad():
            values = self._model.policy.predict_values(observation).flatten()
        scores = values.double().cpu().numpy()
        if before is None:
            return scores
        submitted = np.array([episode.workspace.submitted for episode in envs.episodes])
        return np.where(submitted, before, np.where(over, 0.0, scores))
