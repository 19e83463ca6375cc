"""The distribution of a call: which tool, then on which region, then with which option."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from editenv_policies.sb3.calls import CallTable

HIDDEN = -1e9
"""Logit of what cannot be chosen; finite, so that a row without any choice gives no NaN."""


class Scores(NamedTuple):
    """Logits, nothing masked. N: batch, C: calls, R: region slots, O: options."""

    calls: Tensor
    """(N, C)."""
    regions: Tensor
    """(N, C, R): of the regions, for every call."""
    options: Tensor
    """(N, C, R, O): of the options, for every call on every region."""


class CallDistribution:
    """Of actions (call, region, option), each chosen among what the earlier choices leave.

    ``p(call, region, option) = p(call) p(region | call) p(option | call, region)``. A call that
    edits the whole picture has slot 0 only, and one without options has the first only, so their
    probability is 1. It has the methods of SB3's distributions, and ``apply_masking`` of
    sb3-contrib's.

    Args:
        scores: logits.
        table: which regions and options each call takes.
        present: (N, R) bool, which slots hold a region.
    """

    def __init__(self, scores: Scores, table: CallTable, present: Tensor) -> None:
        self._scores = scores
        self._table = table
        self._choose(torch.ones_like(scores.calls, dtype=torch.bool), present)
        self._present = present

    def apply_masking(self, masks: Any) -> None:
        """Leave out what an action mask forbids, (N, C + R + O) bool; None leaves out nothing."""
        if masks is None:
            return
        mask = torch.as_tensor(masks, dtype=torch.bool, device=self._scores.calls.device)
        calls, slots, _ = self._table.sizes
        mask = mask.reshape(len(self._scores.calls), -1)
        self._choose(mask[:, :calls], self._present & mask[:, calls : calls + slots])

    def _choose(self, allowed: Tensor, present: Tensor) -> None:
        table, scores = self._table.to(present.device), self._scores
        places = present.unsqueeze(1) & table.regions
        allowed = allowed & places.any(2)
        self.calls = _log_chances(scores.calls, allowed)
        self.regions = _log_chances(scores.regions, places)
        self.options = _log_chances(scores.options, table.options.unsqueeze(1))

    def log_parts(self, actions: Tensor) -> Tensor:
        """Return (N, 3): of the call, of the region given the call, of the option given both."""
        rows = torch.arange(len(actions), device=actions.device)
        call, region, option = actions.long().unbind(1)
        parts = [
            self.calls[rows, call],
            self.regions[rows, call, region],
            self.options[rows, call, region, option],
        ]
        return torch.stack(parts, dim=1)

    def log_prob(self, actions: Tensor) -> Tensor:
        """Return (N,): the logarithm of the probability of (N, 3) actions."""
        return self.log_parts(actions).sum(1)

    def entropy(self) -> Tensor:
        """Return (N,), exact: of the call, plus what is expected of region and option."""
        of_options = _entropy(self.options)
        of_regions = _entropy(self.regions) + (self.regions.exp() * of_options).sum(2)
        return _entropy(self.calls) + (self.calls.exp() * of_regions).sum(1)

    def sample(self) -> Tensor:
        """Draw (N, 3) int64."""
        return self._take(lambda chances: torch.multinomial(chances.exp(), 1).squeeze(1))

    def mode(self) -> Tensor:
        """Return (N, 3) int64: the likeliest call, the likeliest region for it, and so on."""
        return self._take(lambda chances: chances.argmax(1))

    def get_actions(self, deterministic: bool = False) -> Tensor:
        """Return the mode, or draw."""
        return self.mode() if deterministic else self.sample()

    def _take(self, choose: Any) -> Tensor:
        rows = torch.arange(len(self.calls), device=self.calls.device)
        call = choose(self.calls)
        region = choose(self.regions[rows, call])
        return torch.stack([call, region, choose(self.options[rows, call, region])], dim=1)


def _log_chances(logits: Tensor, allowed: Tensor) -> Tensor:
    """Log-probabilities over the last axis, among what is allowed; the mask is broadcast."""
    return logits.masked_fill(~allowed, HIDDEN).log_softmax(-1)


def _entropy(log_chances: Tensor) -> Tensor:
    return -(log_chances.exp() * log_chances).sum(-1)
