"""From logits to the distribution that tokens are sampled from and that the loss is about."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def shaped(logits: Tensor, temperature: float, suppressed: Sequence[int]) -> Tensor:
    """Divide logits by the temperature and leave suppressed tokens no probability.

    Args:
        logits: (..., V) of any float dtype.
        temperature: above 0.
        suppressed: token ids.

    Returns:
        (..., V) float32. Suppressed tokens have the least finite number, not -inf, whose products
        with a probability of 0 would be NaN in the entropy.
    """
    scaled = logits.float() / temperature
    ids = torch.tensor(suppressed, dtype=torch.long, device=logits.device)
    return scaled.index_fill(-1, ids, torch.finfo(torch.float32).min)


def choose(logits: Tensor, noise: Tensor, top_p: float) -> Tensor:
    """Sample a token a row by inverting the cumulative distribution.

    One uniform number decides a row, so that the same numbers give the same tokens on any device,
    up to rounding, and a run can draw them without a generator of its own on each device.

    Args:
        logits: (N, V) float32.
        noise: (N,) float32 in [0, 1).
        top_p: see ``SamplingSettings`` (Holtzman et al., 2020, arXiv:1904.09751).

    Returns:
        (N,) int64.
    """
    probs, order = logits.softmax(dim=-1).sort(dim=-1, descending=True, stable=True)
    reached = probs.cumsum(dim=-1)
    kept = ((reached - probs < top_p) & (probs > 0)).sum(dim=-1, keepdim=True).clamp(min=1)
    total = reached.gather(-1, kept - 1)
    rank = (reached <= noise.unsqueeze(-1) * total).sum(dim=-1, keepdim=True)
    return order.gather(-1, rank.minimum(kept - 1)).squeeze(-1)


def log_prob(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return the log-probability of tokens (...), under logits (..., V)."""
    return pick(logits.log_softmax(dim=-1), tokens)


def pick(log_probs: Tensor, tokens: Tensor) -> Tensor:
    """Return the entries of tokens (...), in log-probabilities (..., V)."""
    return log_probs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def entropy(log_probs: Tensor) -> Tensor:
    """Return the entropy of log-probabilities (..., V) in nats, (...)."""
    return -(log_probs.exp() * log_probs).sum(dim=-1)
