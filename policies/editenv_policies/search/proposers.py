"""Where a search takes its candidates from."""

from __future__ import annotations

from typing import Any

import numpy as np

from editenv.envs.vector import ImageEditVectorEnv


class RandomProposer:
    """Different calls by chance among all that are valid now.

    Args:
        seed: of the draws.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)

    def propose(self, envs: ImageEditVectorEnv, count: int) -> np.ndarray:
        """Return (N, count, ...) actions; they repeat where there are fewer valid ones."""
        codec = envs.setup.codec
        rows = []
        for episode in envs.episodes:
            valid = [c for c in codec.calls if episode.workspace.why_invalid(c) is None]
            # After the end no call is valid; any action is ignored.
            valid = valid or list(codec.calls)
            order = self._rng.permutation(len(valid))
            rows.append([codec.encode(valid[order[i % len(order)]]) for i in range(count)])
        return np.array(rows)


class ModelProposer:
    """Samples of a trained Stable-Baselines3 policy.

    Args:
        model: PPO or another algorithm whose policy samples.
        masked: whether ``predict`` takes ``action_masks``.
    """

    def __init__(self, model: Any, *, masked: bool = False) -> None:
        self._model = model
        self._masked = masked

    def propose(self, envs: ImageEditVectorEnv, count: int) -> np.ndarray:
        """Return (N, count, ...) actions, the most probable one first; a single one is drawn."""
        observation = envs.observe()
        masks = envs.action_masks()
        if count == 1:
            return self._predict(observation, masks, deterministic=False)[:, None]
        best = self._predict(observation, masks, deterministic=True)[:, None]
        rows = np.repeat(np.arange(envs.num_envs), count - 1)
        again = {key: value[rows] for key, value in observation.items()}
        drawn = self._predict(again, masks[rows], deterministic=False)
        return np.concatenate([best, drawn.reshape(len(best), count - 1, *drawn.shape[1:])], axis=1)

    def _predict(self, observation: Any, masks: np.ndarray, deterministic: bool) -> np.ndarray:
        chosen = {"action_masks": masks} if self._masked else {}
        actions, _ = self._model.predict(observation, deterministic=deterministic, **chosen)
        return actions
