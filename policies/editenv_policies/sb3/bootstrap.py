"""A critic's estimate of the value after a step limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch


def value_after(model: Any, observations: Sequence[dict[str, np.ndarray]]) -> np.ndarray:
    """Return the discounted value of the last observations of episodes, (N,) float32.

    Args:
        model: PPO, A2C or MaskablePPO.
        observations: one per episode, as its environment gives them.
    """
    batch = {key: np.stack([row[key] for row in observations]) for key in observations[0]}
    seen, _ = model.policy.obs_to_tensor(batch)
    with torch.no_grad():
        values = model.policy.predict_values(seen).flatten()
    return model.gamma * values.cpu().numpy()
