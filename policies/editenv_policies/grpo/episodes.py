"""Groups of episodes from one start, in the form that a loss over sequences wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass
class Episodes:
    """A batch of B episodes of up to T steps, S steps in all.

    Attributes:
        observations: of all steps, (S, ...) each, as the policy takes them.
        actions: (S, ...).
        log_probs: (S,) float32, when the actions were drawn.
        action_masks: (S, M) bool, or None.
        episode: (S,) int64, the episode of each step.
        step: (S,) int64, its place in the episode.
        rewards: (S,) float32.
        returns: (B,) float32, the sum of rewards; NaN where an episode could not be scored.
        length: T.
    """

    observations: Any
    actions: Tensor
    log_probs: Tensor
    action_masks: np.ndarray | None
    episode: Tensor
    step: Tensor
    rewards: Tensor
    returns: Tensor
    length: int

    def rows_of(self, episodes: Tensor) -> Tensor:
        """Numbers of the steps of some episodes, (S',) int64."""
        return torch.isin(self.episode, episodes).nonzero().flatten()

    def observations_at(self, rows: Tensor) -> Any:
        """The observations of some steps."""
        if isinstance(self.observations, dict):
            return {key: value[rows] for key, value in self.observations.items()}
        return self.observations[rows]

    def masks_at(self, rows: Tensor) -> dict[str, np.ndarray]:
        """The arguments that ``evaluate_actions`` takes for masks."""
        if self.action_masks is None:
            return {}
        return {"action_masks": self.action_masks[rows.numpy()]}

    def padded(self, values: Tensor, rows: Tensor, episodes: Tensor) -> Tensor:
        """Lay the values of some steps out as (episodes, T), zeros where there is no step."""
        place = torch.full((len(self.returns),), -1, dtype=torch.long)
        place[episodes] = torch.arange(len(episodes))
        table = torch.zeros(len(episodes), self.length, dtype=values.dtype)
        return table.index_put((place[self.episode[rows]], self.step[rows]), values)

    def returns_to_go(self, gamma: float) -> Tensor:
        """(B, T): the discounted rewards from each step on.

        NaN after the end of an episode, and where there is no score.
        """
        rows, everyone = torch.arange(len(self.step)), torch.arange(len(self.returns))
        to_go = self.padded(self.rewards, rows, everyone)
        for place in range(self.length - 2, -1, -1):
            to_go[:, place] += gamma * to_go[:, place + 1]
        played = self.padded(torch.ones(len(rows)), rows, everyone) > 0
        scored = ~self.returns.isnan()
        return to_go.masked_fill(~(played & scored.unsqueeze(1)), torch.nan)
