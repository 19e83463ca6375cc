"""The distribution of a call: the tool, then the region, then the option."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from editenv_policies.sb3.calls import CallTable

HIDDEN = -1e9
"""Logit of what cannot be chosen; finite, so that a row without any choice gives no NaN."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Logits, nothing masked. N: batch, C: calls, R: region slots, O: options.

    The options have many logits, and usually only those of one call on one region are needed.

    Attributes:
        calls: (N, C).
        regions: (N, C, R), of the regions, for every call.
        options: (N, C, O), of the options, whatever the region.
        pairs: what a region adds to the options, as (N, C, K) of the calls, (N, R, K) of the
            regions, and (C, K, O), which combines the two; None if it adds nothing.
    """

    calls: Tensor
    regions: Tensor
    options: Tensor
    pairs: tuple[Tensor, Tensor, Tensor] | None

    def all_options(self) -> Tensor:
        """Return (N, C, R, O), of the options, for every call on every region."""
        options = self.options.unsqueeze(2)
        if self.pairs is None:
            return options.expand(-1, -1, self.regions.shape[2], -1)
        calls, regions, read = self.pairs
        met = functional.gelu(calls.unsqueeze(2) + regions.unsqueeze(1))
        return options + torch.einsum("ncrk,cko->ncro", met, read)

    def options_of(self, call: Tensor, region: Tensor) -> Tensor:
        """Return (N, O), of the options, for one (N,) call on one (N,) region."""
        rows = torch.arange(len(call), device=call.device)
        options = self.options[rows, call]
        if self.pairs is None:
            return options
        calls, regions, read = self.pairs
        met = functional.gelu(calls[rows, call] + regions[rows, region])
        return options + (met.unsqueeze(1) @ read[call]).squeeze(1)


class CallDistribution:
    """A distribution of actions (call, region, option); each choice depends on the earlier ones.

    ``p(call, region, option) = p(call) p(region | call) p(option | call, region)``. A call that
    edits the whole picture has only slot 0, and one without options only the first option, so
    these have probability 1. It has the methods of SB3's distributions, and ``apply_masking`` of
    sb3-contrib's.

    Args:
        scores: logits.
        table: which regions and options each call takes.
        present: (N, R) bool, which slots hold a region.
    """

    def __init__(self, scores: Scores, table: CallTable, present: Tensor) -> None:
        self._scores = scores
        self._table = table.to(present.device)
        self._choose(torch.ones_like(scores.calls, dtype=torch.bool), present)
        self._present = present

    def apply_masking(self, masks: Any) -> None:
        """Exclude what an action mask forbids, (N, C + R + O) bool; None excludes nothing."""
        if masks is None:
            return
        mask = torch.as_tensor(masks, dtype=torch.bool, device=self._scores.calls.device)
        calls, slots, _ = self._table.sizes
        mask = mask.reshape(len(self._scores.calls), -1)
        self._choose(mask[:, :calls], self._present & mask[:, calls : calls + slots])

    def _choose(self, allowed: Tensor, present: Tensor) -> None:
        places = present.unsqueeze(1) & self._table.regions
        self.calls = _log_chances(self._scores.calls, allowed & places.any(2))
        self.regions = _log_chances(self._scores.regions, places)

    @cached_property
    def options(self) -> Tensor:
        """(N, C, R, O) log-probabilities of the options, for every call on every region."""
        return _log_chances(self._scores.all_options(), self._table.options.unsqueeze(1))

    def _options_of(self, call: Tensor, region: Tensor) -> Tensor:
        return _log_chances(self._scores.options_of(call, region), self._table.options[call])

    def log_parts(self, actions: Tensor) -> Tensor:
        """Return (N, 3): of the call, of the region given the call, of the option given both."""
        rows = torch.arange(len(actions), device=actions.device)
        call, region, option = actions.long().unbind(1)
        parts = [
            self.calls[rows, call],
            self.regions[rows, call, region],
            self._options_of(call, region)[rows, option],
        ]
        return torch.stack(parts, dim=1)

    def log_prob(self, actions: Tensor) -> Tensor:
        """Return (N,): the logarithm of the probability of (N, 3) actions."""
        return self.log_parts(actions).sum(1)

    def entropy(self) -> Tensor:
        """Return (N,), exact: that of the call plus the expected ones of region and option."""
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
        """Return the mode, or a sample."""
        return self.mode() if deterministic else self.sample()

    def _take(self, choose: Any) -> Tensor:
        rows = torch.arange(len(self.calls), device=self.calls.device)
        call = choose(self.calls)
        region = choose(self.regions[rows, call])
        return torch.stack([call, region, choose(self._options_of(call, region))], dim=1)


def _log_chances(logits: Tensor, allowed: Tensor) -> Tensor:
    """Log-probabilities over the last axis, among what is allowed; the mask is broadcast."""
    return logits.masked_fill(~allowed, HIDDEN).log_softmax(-1)


def _entropy(log_chances: Tensor) -> Tensor:
    return -(log_chances.exp() * log_chances).sum(-1)
