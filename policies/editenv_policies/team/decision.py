"""One decision of an agent, kept until it is known what it has earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

PARTS, SEEN = ("action", "value", "log_prob", "mask", "start"), "seen/"
"""Names of a decision's arrays in a checkpoint."""


@dataclass(frozen=True, eq=False)
class Decision:
    """What one agent did in all environments, in one round.

    Attributes:
        observation: by key (N, ...), channels first.
        action: (N, 1) int64.
        value: (N,) float32.
        log_prob: (N,) float32.
        mask: (N, n) bool.
        start: (N,) float32, 1 where this is the agent's first decision of an episode.
    """

    observation: dict[str, np.ndarray]
    action: np.ndarray
    value: Tensor
    log_prob: Tensor
    mask: np.ndarray
    start: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what ``of`` takes."""
        parts = {name: np.asarray(getattr(self, name)) for name in PARTS}
        return parts | {f"{SEEN}{key}": value for key, value in self.observation.items()}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Decision:
        """Make it from arrays."""
        seen = {k.removeprefix(SEEN): v for k, v in arrays.items() if k.startswith(SEEN)}
        action, value, log_prob, mask, start = (arrays[name] for name in PARTS)
        return cls(seen, action, torch.from_numpy(value), torch.from_numpy(log_prob), mask, start)
