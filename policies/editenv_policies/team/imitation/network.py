"""A team's network without a critic of values: extractor and head."""

from __future__ import annotations

from typing import Any

import torch
from gymnasium import spaces
from torch import Tensor, nn

from editenv.agents.roles import ROLES
from editenv_policies.imitation.network import MOST_LOSS
from editenv_policies.team.extractor import TeamExtractor
from editenv_policies.team.head import LEAST, TeamHead


class TeamNetwork(nn.Module):
    """Extractor and head, as ``TeamPolicy`` has them.

    Args:
        observation_space: of any agent, with ``uniform_spaces="flat"``.
        layout: what ``layout_of`` returns.
        size: of the action space.
        width: of all vectors.
        layers: of the transformer over the instruction.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        layout: dict[str, Any],
        size: int,
        width: int = 96,
        layers: int = 2,
    ) -> None:
        super().__init__()
        self.extractor = TeamExtractor(observation_space, layout, width=width, layers=layers)
        self.head = TeamHead(layout, width, size)

    def forward(self, observation: dict[str, Any], mask: Tensor) -> Tensor:
        """Return (N, n) log-probabilities of what the turns of an observation may do.

        Args:
            observation: of N turns, as ``TeamExtractor`` takes it.
            mask: (N, n) bool, what is legal.
        """
        return _log_chances(self.head(self.extractor(observation)), mask)

    def losses(
        self,
        moments: dict[str, Any],
        at: Tensor,
        roles: Tensor,
        numbers: Tensor,
        change: Tensor,
        mask: Tensor,
        actions: Tensor,
    ) -> Tensor:
        """Return (M, 5) negative log-likelihoods by moment and role; 0 where there was no turn.

        What all roles see of a moment is read once.

        Args:
            moments: observations of M moments, as ``CoordinatorExtractor`` takes them.
            at: (N,) int64, each turn's moment.
            roles: (N,) int64, indices in ``ROLES``.
            numbers: (N, 7), ``round``.
            change: (N, 6), see ``change_of``.
            mask: (N, n) bool, what is legal.
            actions: (N,) int64.
        """
        role = nn.functional.one_hot(roles, len(ROLES)).float()
        flat = self.extractor.read(moments)
        labels = moments["region_embeddings"]
        flat = self.extractor.take_turns(flat[at], labels[at], role, numbers, change)
        chances = _log_chances(self.head(flat), mask)
        found = -chances.gather(1, actions.unsqueeze(1)).squeeze(1)
        losses = torch.zeros(len(labels), len(ROLES))
        # Where a round made no call, there are two turns of a critic at one moment.
        return losses.index_put((at, roles), found.clamp(max=MOST_LOSS), accumulate=True)


def _log_chances(logits: Tensor, mask: Tensor) -> Tensor:
    return logits.masked_fill(~mask, 20.0 * LEAST).log_softmax(1)
