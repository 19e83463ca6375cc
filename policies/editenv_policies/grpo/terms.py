"""What a policy loss is made of: ratio, clipped surrogate, KL estimate and average."""

from __future__ import annotations

import torch
from torch import Tensor

from editenv_policies.grpo.settings import LossSettings

MAX_LOG_RATIO = 20.0
"""Beyond it a ratio counts as a constant: its exponential would overflow, and the gradient of what
is clipped would be 0 times infinity."""


def by_token(advantages: Tensor, mask: Tensor) -> Tensor:
    """Return (N, 1) of (N,) advantages, or (N, T) with 0 where masked out."""
    return advantages.masked_fill(~mask, 0.0) if advantages.dim() == 2 else advantages.unsqueeze(1)


def importance_ratio(
    settings: LossSettings, log_probs: Tensor, old_log_probs: Tensor | None, mask: Tensor
) -> Tensor:
    r"""Return the importance ratios :math:`\pi_\theta / \pi_{old}`, 1 where masked out.

    Returns:
        (N, T), the ratios of tokens; for ``"gspo"`` (N, 1), their geometric means over a sequence
        (Zheng et al. 2025, arXiv:2507.18071, eq. 7).
    """
    old = log_probs if old_log_probs is None else old_log_probs
    log_ratio = _bounded_difference(log_probs, old.detach(), mask)
    if settings.loss_type == "gspo":
        log_ratio = log_ratio.sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1)
    return log_ratio.exp()


def clipped_loss(settings: LossSettings, ratio: Tensor, advantages: Tensor) -> Tensor:
    """Return the negative of the clipped surrogate, in the broadcast shape of its arguments.

    Schulman et al. 2017, arXiv:1707.06347, eq. 7; a higher upper bound is DAPO's (arXiv:2503.14476,
    eq. 10), ``delta`` INTELLECT-2's (arXiv:2505.07291).
    """
    clipped = ratio.clamp(*settings.ratio_bounds)
    bounded = ratio if settings.delta is None else ratio.clamp(max=settings.delta)
    return -torch.min(bounded * advantages, clipped * advantages)


def is_clipped(settings: LossSettings, ratio: Tensor, advantages: Tensor) -> Tensor:
    """Return where the clip has taken the gradient, bool in the broadcast shape."""
    low, high = settings.ratio_bounds
    return ((ratio < low) & (advantages < 0)) | ((ratio > high) & (advantages > 0))


def k3(log_probs: Tensor, ref_log_probs: Tensor, mask: Tensor) -> Tensor:
    r"""Return :math:`\pi_{ref} / \pi_\theta - \log(\pi_{ref} / \pi_\theta) - 1`, (N, T).

    It is never negative, and its mean over samples of the policy is KL(policy, reference): k3 of
    Schulman 2020 (joschu.net/blog/kl-approx.html), eq. 4 of GRPO's paper (arXiv:2402.03300).
    """
    log_ratio = -_bounded_difference(log_probs, ref_log_probs.detach(), mask)
    return log_ratio.expm1() - log_ratio


def aggregate(
    settings: LossSettings,
    per_token: Tensor,
    mask: Tensor,
    accumulation_steps: int,
    num_tokens: Tensor | float | None,
) -> Tensor:
    """Average over the tokens of (N, T) or (N, 1); formulas: ``editenv_policies.grpo.losses``.

    Returns:
        A micro-batch's part of the average over all ``accumulation_steps``, of no dimension.
    """
    sums, lengths = (per_token * mask).sum(1), mask.sum(1)
    if settings.loss_type == "dapo":
        count = lengths.sum() if num_tokens is None else torch.as_tensor(num_tokens)
        return sums.sum() / count.clamp(min=1)
    if settings.loss_type == "bnpo":
        loss = sums.sum() / lengths.sum().clamp(min=1)
    elif settings.loss_type == "dr_grpo":
        assert settings.max_length is not None  # the settings checked it
        loss = sums.mean() / settings.max_length
    else:
        loss = (sums / lengths.clamp(min=1)).mean()
    return loss / accumulation_steps


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of the values where the mask of the same shape is True, 0 if nowhere."""
    return (values * mask).sum() / mask.sum().clamp(min=1)


def _bounded_difference(log_probs: Tensor, others: Tensor, mask: Tensor) -> Tensor:
    """Return log_probs - others, (N, T); 0 and without gradient where masked out."""
    difference = (log_probs - others).masked_fill(~mask, 0.0)
    return difference.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
