"""The coordinator's network without a critic: extractor and heads."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from torch import Tensor, nn

from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.distribution import CallDistribution
from editenv_policies.sb3.extractor import CoordinatorExtractor, Features
from editenv_policies.sb3.heads import ConditionedHead

MOST_LOSS = 30.0
"""What an action outside the mask costs: much, but not infinitely."""


class CoordinatorNetwork(nn.Module):
    """Extractor and heads, as ``CoordinatorPolicy`` has them.

    Args:
        observation_space: its shapes are read.
        table: the meaning of an action's numbers.
        action_embeddings: (C, D) and (C, O, D), as ``ImageEditEnv.action_embeddings`` gives them.
        width: of all vectors.
        layers: of the transformer over the instruction.
        conditioned: see ``ConditionedHead``.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        table: CallTable,
        action_embeddings: tuple[np.ndarray, np.ndarray],
        width: int = 96,
        layers: int = 2,
        conditioned: bool = True,
    ) -> None:
        super().__init__()
        self.table = table
        self.extractor = CoordinatorExtractor(
            observation_space, table.sizes, action_embeddings, width=width, layers=layers
        )
        self.heads = ConditionedHead(table, width, conditioned=conditioned)

    def forward(self, observation: dict[str, Any], mask: Tensor | None = None) -> CallDistribution:
        """Return the distribution of the next action.

        Args:
            observation: of N steps, as ``CoordinatorExtractor`` takes it.
            mask: (N, C + R + O) bool, which numbers may be valid; None: all present regions.
        """
        flat = self.extractor(observation)
        present = Features.unpack(flat, self.table.sizes).present > 0
        found = CallDistribution(self.heads(flat), self.table, present)
        found.apply_masking(mask)
        return found

    def losses(self, observation: dict[str, Any], mask: Tensor, actions: Tensor) -> Tensor:
        """Return (N, 3) negative log-likelihoods of call, region and option.

        If a call takes no region or has only one option, that loss is 0.
        """
        return (-self(observation, mask).log_parts(actions)).clamp(max=MOST_LOSS)
