"""How probable given completions are under a policy."""

from __future__ import annotations

import torch
from torch import Tensor

from editenv_policies.grpo_vlm.distribution import entropy, pick, shaped
from editenv_policies.grpo_vlm.model import VlmPolicy
from editenv_policies.grpo_vlm.prefix import append, prefill
from editenv_policies.grpo_vlm.prompts import Inputs


def completion_log_probs(
    policy: VlmPolicy,
    inputs: Inputs,
    tokens: Tensor,
    temperature: float = 1.0,
    *,
    entropy_gradient: bool = False,
) -> tuple[Tensor, Tensor]:
    """Compute log-probabilities of completions, with gradients where they are enabled.

    Args:
        policy: which is asked.
        inputs: of B prompts, see ``encode_prompts``.
        tokens: (N, T) int64, N a multiple of B, the completions of a prompt side by side; padded on
            the right with anything.
        temperature: of the policy's distribution, above 0.
        entropy_gradient: whether entropies have gradients too. They would keep several more tensors
            of the size of the logits, the largest there are.

    Returns:
        Log-probabilities and entropies, both (N, T) float32. Suppressed tokens have no probability,
        as in sampling.

    Raises:
        ValueError: N is no multiple of B.
    """
    batch = len(inputs["input_ids"])
    if tokens.dim() != 2 or len(tokens) % batch:
        raise ValueError(
            f"tokens has shape {tuple(tokens.shape)}; it must be (N, T), N a multiple of {batch}"
        )
    with policy.autocast():
        prefix = prefill(policy.model, inputs, len(tokens) // batch)
        logits = prefix.logits.unsqueeze(1)
        if tokens.shape[1] > 1:
            following = append(policy.model, prefix, tokens[:, :-1])
            logits = torch.cat([logits, following], dim=1)
    every = shaped(logits, temperature, policy.special.suppressed).log_softmax(dim=-1)
    found = entropy(every if entropy_gradient else every.detach())
    return pick(every, tokens), found
