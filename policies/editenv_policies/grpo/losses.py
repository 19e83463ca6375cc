r"""The policy losses of GRPO and its relatives, from log-probabilities alone.

A *token* is whatever the policy samples at once: a text token of a language model, or the action of
a step in a Gymnasium environment. A *sequence* is a completion or an episode. With the ratio
:math:`\rho_{it} = \pi_\theta / \pi_{old}` of token :math:`t` of sequence :math:`i`, its KL estimate
:math:`k_{it}` and

.. math:: \ell_{it} = -\min(\rho_{it} A_i,
          \operatorname{clip}(\rho_{it}, 1 - \epsilon_{low}, 1 + \epsilon_{high}) A_i)
          + \beta k_{it}

the loss types differ in how they average over the tokens of N sequences of lengths :math:`|o_i|`:

- ``"grpo"``: :math:`\frac{1}{N} \sum_i \frac{1}{|o_i|} \sum_t \ell_{it}` (Shao et al. 2024,
  arXiv:2402.03300, eq. 3);
- ``"dr_grpo"``: :math:`\frac{1}{N L} \sum_i \sum_t \ell_{it}` with the constant L = ``max_length``
  (Liu et al. 2025, arXiv:2503.20783), meant for advantages with ``scale_rewards="none"``;
- ``"dapo"``: :math:`\frac{1}{\sum_i |o_i|} \sum_i \sum_t \ell_{it}` over all sequences of an
  optimizer step (Yu et al. 2025, arXiv:2503.14476, eq. 8);
- ``"bnpo"``: the same over the sequences of one micro-batch (TRL's name);
- ``"gspo"``: as ``"grpo"``, with one ratio for a whole sequence,
  :math:`\rho_i = \exp(\frac{1}{|o_i|} \sum_t \log \rho_{it})` (Zheng et al. 2025,
  arXiv:2507.18071, eq. 5 and 7).

All of them equal TRL 1.16's ``GRPOTrainer``; ``tests/policies/test_grpo_losses.py`` compares losses
and gradients with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from editenv_policies.grpo.settings import LossSettings
from editenv_policies.grpo.terms import (
    aggregate,
    by_token,
    clipped_loss,
    importance_ratio,
    is_clipped,
    k3,
    masked_mean,
)


@dataclass(frozen=True)
class PolicyLoss:
    """A loss and what to log of it; all are tensors of no dimension.

    Args:
        loss: to call ``backward`` on.
        clip_fraction: share of the tokens (``"gspo"``: sequences) at whose ratio the clip took the
            gradient, as TRL's ``clip_ratio/region_mean``. Like the following, without gradient.
        mean_ratio: mean importance ratio of the tokens (``"gspo"``: sequences).
        kl: mean KL estimate of the tokens; ``None`` without a reference.
        entropy: mean entropy of the tokens; ``None`` where it was not given.
    """

    loss: Tensor
    clip_fraction: Tensor
    mean_ratio: Tensor
    kl: Tensor | None = None
    entropy: Tensor | None = None


def policy_loss(
    settings: LossSettings,
    log_probs: Tensor,
    old_log_probs: Tensor | None,
    advantages: Tensor,
    mask: Tensor,
    *,
    ref_log_probs: Tensor | None = None,
    entropies: Tensor | None = None,
    accumulation_steps: int = 1,
    num_tokens: Tensor | float | None = None,
) -> PolicyLoss:
    """Return the loss of one micro-batch, see the module's docstring for the formulas.

    The sum of the losses of all micro-batches of an optimizer step is the loss of the step: call
    ``backward`` on each and divide nothing. Where the mask is False, values are free (NaN too) and
    get no gradient. Sequences without a valid token, or with an advantage of 0 since they could
    not be scored, still count in N and in the number of tokens, as in TRL.

    Args:
        settings: the loss type and its constants.
        log_probs: (N, T) float, of the sampled tokens under the policy that is trained.
        old_log_probs: (N, T) float, under the policy that sampled them; ``None``: it is the same
            policy still, and all ratios are 1.
        advantages: (N,) float, or (N, T) for a credit of every token (not for ``"gspo"``, whose
            ratio is a whole sequence's).
        mask: (N, T) bool (or 0 and 1), True where a token was sampled by the policy.
        ref_log_probs: (N, T) float, under the reference policy; needed where ``kl_coef`` is not 0.
        entropies: (N, T) float, of the policy's distributions; needed where ``entropy_coef`` is
            not 0.
        accumulation_steps: micro-batches of the optimizer step, at least 1.
        num_tokens: valid tokens in all micro-batches of the optimizer step (a mean over processes,
            if gradients are); only for ``"dapo"``, which needs it to accumulate.

    Returns:
        The loss and its figures.

    Raises:
        ValueError: if shapes do not match, or something that the settings need is missing.
    """
    others = {"old_log_probs": old_log_probs, "mask": mask}
    others |= {"ref_log_probs": ref_log_probs, "entropies": entropies}
    _check_shapes(settings, log_probs, advantages, others)
    _check_needs(settings, others, accumulation_steps, num_tokens)
    mask = mask.bool()
    advantages = by_token(advantages.detach(), mask)
    ratio = importance_ratio(settings, log_probs, old_log_probs, mask)
    per_token = clipped_loss(settings, ratio, advantages)
    kl = entropy = None
    if ref_log_probs is not None:
        kl = k3(log_probs, ref_log_probs, mask) * (ratio if settings.kl_unbiased else 1.0)
    if kl is not None and settings.kl_coef:
        per_token = per_token + settings.kl_coef * kl
    loss = aggregate(settings, per_token, mask, accumulation_steps, num_tokens)
    if entropies is not None:
        entropy = masked_mean(entropies.masked_fill(~mask, 0.0), mask)
    if entropy is not None and settings.entropy_coef:
        loss = loss - settings.entropy_coef * entropy / accumulation_steps
    has_ratio = torch.ones_like(ratio) if settings.loss_type == "gspo" else mask
    return PolicyLoss(
        loss=loss,
        clip_fraction=masked_mean(is_clipped(settings, ratio, advantages), has_ratio),
        mean_ratio=masked_mean(ratio, has_ratio).detach(),
        kl=None if kl is None else masked_mean(kl, mask).detach(),
        entropy=None if entropy is None else entropy.detach(),
    )


def _check_shapes(
    settings: LossSettings,
    log_probs: Tensor,
    advantages: Tensor,
    others: Mapping[str, Tensor | None],
) -> None:
    shape = tuple(log_probs.shape)
    if len(shape) != 2:
        raise ValueError(f"log_probs has shape {shape}; accepted: (N, T)")
    for name, tensor in others.items():
        if tensor is not None and tuple(tensor.shape) != shape:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}; accepted: {shape}")
    accepted = [shape[:1]] if settings.loss_type == "gspo" else [shape[:1], shape]
    if tuple(advantages.shape) not in accepted:
        raise ValueError(
            f"advantages has shape {tuple(advantages.shape)}; accepted for loss_type "
            f"{settings.loss_type!r}: {accepted}"
        )


def _check_needs(
    settings: LossSettings,
    others: Mapping[str, Tensor | None],
    accumulation_steps: int,
    num_tokens: Tensor | float | None,
) -> None:
    for name, coefficient in (("ref_log_probs", "kl_coef"), ("entropies", "entropy_coef")):
        value = getattr(settings, coefficient)
        if value and others[name] is None:
            raise ValueError(f"{name} is None; accepted with {coefficient} = {value}: a tensor")
    if accumulation_steps < 1:
        raise ValueError(f"accumulation_steps is {accumulation_steps}; accepted: at least 1")
    if settings.loss_type == "dapo" and accumulation_steps > 1 and num_tokens is None:
        raise ValueError(
            f"num_tokens is None; accepted for loss_type 'dapo' with accumulation_steps = "
            f"{accumulation_steps}: the valid tokens of all of them"
        )
