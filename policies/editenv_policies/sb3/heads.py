"""The coordinator's heads: logits of calls, their regions, and their options on these regions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.distribution import Scores
from editenv_policies.sb3.extractor import Features

HIDDEN_WIDTH = 64
"""Of what a head has in mind about each call."""

PAIR_WIDTH = 32
"""Of the vectors in which calls and regions meet."""


class PointerHead(nn.Module):
    """Independent logits of calls, regions and options.

    Args:
        sizes: number of calls, region slots and options.
        width: of the extractor's vectors.
    """

    def __init__(self, sizes: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.sizes = sizes
        calls, _, options = sizes
        self.summary = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())
        self.calls = _small(nn.Linear(width, calls))
        # What an option means depends on the tool, so every call has option logits of its own.
        self.options = _small(nn.Linear(width, calls * options))
        self.point = nn.Sequential(
            nn.LayerNorm(2 * width),
            nn.Linear(2 * width, width),
            nn.GELU(),
            _small(nn.Linear(width, 1)),
        )
        # How far the words themselves are trusted; learnt, and for options by call.
        self.trust_label = nn.Parameter(torch.tensor(3.0))
        self.trust_option = nn.Parameter(torch.full((calls, 1), 0.5))
        # A call is meant where its own name is in the words, or one of its options' names.
        self.hints = nn.Linear(2 * calls, calls, bias=False)
        with torch.no_grad():
            self.hints.weight.copy_(torch.cat([0.3 * torch.eye(calls), 0.2 * torch.eye(calls)], 1))

    def forward(self, parts: Features) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits of calls (N, C), regions (N, R), and options of every call (N, C, O)."""
        beside = parts.summary.unsqueeze(1).expand_as(parts.regions)
        pointed = self.point(torch.cat([parts.regions, beside], dim=2)).squeeze(2)
        pointed = pointed + self.trust_label * parts.likeness
        read = self.summary(parts.summary)
        hints = torch.cat([parts.calls, parts.options.amax(2)], dim=1)
        calls = self.calls(read) + self.hints(hints)
        options = self.options(read).unflatten(1, (self.sizes[0], self.sizes[2]))
        return calls, pointed, options + self.trust_option * parts.options


class ConditionedHead(nn.Module):
    """Logits of the call, of the region given the call, of the option given both.

    Args:
        table: what the numbers of an action mean.
        width: of the extractor's vectors.
        conditioned: False makes each choice independent of the earlier ones, except for
            validity; for comparison.
    """

    def __init__(self, table: CallTable, width: int, *, conditioned: bool = True) -> None:
        super().__init__()
        calls, _, options = table.sizes
        self.sizes = table.sizes
        self.conditioned = conditioned
        self.base = PointerHead(table.sizes, width)
        self.meant = nn.Parameter(0.1 * torch.randn(calls, HIDDEN_WIDTH))
        self.summary = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, HIDDEN_WIDTH))
        self.said = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, HIDDEN_WIDTH))
        self.query = _small(nn.Linear(HIDDEN_WIDTH, PAIR_WIDTH), gain=0.1)
        self.key = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, PAIR_WIDTH))
        self.call_side = nn.Linear(HIDDEN_WIDTH, PAIR_WIDTH)
        self.region_side = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, PAIR_WIDTH))
        self.choose = nn.Parameter(0.01 * torch.randn(calls, PAIR_WIDTH, options))
        self.trust_pointed = nn.Parameter(torch.full((calls, 1), 1.5))
        self.trust_chosen = nn.Parameter(torch.full((calls, 1), 1.5))

    def forward(self, flat: Tensor) -> Scores:
        """Score packed ``Features``."""
        parts = Features.unpack(flat, self.sizes)
        calls, pointed, options = self.base(parts)
        regions = pointed.unsqueeze(1).expand(-1, self.sizes[0], -1)
        options = options + self.trust_chosen * parts.alike
        if not self.conditioned:
            weights = calls.detach().softmax(1)[:, :, None]
            mixed = (weights * options).sum(1, keepdim=True)
            return Scores(calls, regions, mixed.expand_as(options), None)
        mind = self.meant + self.summary(parts.summary).unsqueeze(1) + self.said(parts.said)
        mind = nn.functional.gelu(mind)
        met = self.query(mind) @ self.key(parts.regions).transpose(1, 2)
        regions = regions + met + self.trust_pointed * parts.pointed
        pairs = (self.call_side(mind), self.region_side(parts.regions), self.choose)
        return Scores(calls, regions, options, pairs)


class ValueHead(nn.Module):
    """Value from the summary and the mean region."""

    def __init__(self, sizes: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.layers = nn.Sequential(
            nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, 1) values."""
        parts = Features.unpack(features, self.sizes)
        return self.layers(torch.cat([parts.summary, parts.regions.mean(1)], dim=1))


def _small(layer: nn.Linear, gain: float = 0.01) -> nn.Linear:
    """Start near the uniform policy."""
    nn.init.orthogonal_(layer.weight, gain=gain)
    nn.init.zeros_(layer.bias)
    return layer
