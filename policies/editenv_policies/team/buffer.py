"""A rollout buffer whose batches hold whole rounds: what its roles see alike is read once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sb3_contrib.common.maskable.buffers import MaskableDictRolloutBuffer

TENSORS = ("actions", "values", "log_probs", "advantages", "returns", "action_masks")


class RoundBuffer(MaskableDictRolloutBuffer):
    """As sb3-contrib's, but rounds are shuffled, not turns.

    Args:
        roles: whose turns a step has, role after role: the first of each environment, then the
            second, and so on.
        arguments: of ``MaskableDictRolloutBuffer``.
    """

    def __init__(self, *arguments: Any, roles: int, **named: Any) -> None:
        self._roles = roles
        super().__init__(*arguments, **named)

    def get(self, batch_size: int | None = None) -> Iterator[Any]:  # type: ignore[override]
        """Yield batches of about ``batch_size`` turns; None: all at once."""
        if not self.generator_ready:
            for key, rows in self.observations.items():
                self.observations[key] = self.swap_and_flatten(rows)
            for name in TENSORS:
                setattr(self, name, self.swap_and_flatten(getattr(self, name)))
            self.generator_ready = True
        turns = self.n_envs * self.buffer_size
        # Flattened, a column of the buffer is a run of steps: first a role, then an environment.
        rounds = np.arange(turns).reshape(self._roles, -1).T
        order = np.random.permutation(len(rounds))
        batches = min(max(1, round(turns / (batch_size or turns))), len(rounds))
        for rows in np.array_split(order, batches):
            yield self._get_samples(rounds[rows].ravel())
