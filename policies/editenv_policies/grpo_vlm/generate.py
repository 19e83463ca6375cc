"""Completions of prompts: the picture and the prompt are computed once a group."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from editenv_policies.grpo_vlm.distribution import choose, log_prob, shaped
from editenv_policies.grpo_vlm.model import VlmPolicy
from editenv_policies.grpo_vlm.prefix import append, prefill
from editenv_policies.grpo_vlm.prompts import Inputs
from editenv_policies.grpo_vlm.settings import SamplingSettings


@dataclass(frozen=True)
class Completions:
    """What a policy wrote. T is the length of the longest.

    Attributes:
        tokens: (N, T) int64, padded after the end.
        mask: (N, T) bool, True up to and with the token that ends a completion.
        log_probs: (N, T) float32, under the policy that sampled; anything where masked out.
    """

    tokens: Tensor
    mask: Tensor
    log_probs: Tensor


@torch.no_grad()
def sample(
    policy: VlmPolicy, inputs: Inputs, noise: Tensor, settings: SamplingSettings
) -> Completions:
    """Sample a group of completions for each prompt.

    Args:
        policy: writes them.
        inputs: of B prompts, see ``encode_prompts``.
        noise: (B * group_size, max_new_tokens) float32 in [0, 1): decides every token, see
            ``choose``.
        settings: temperature and more.

    Returns:
        N = B * group_size completions, those of a prompt side by side.

    Raises:
        ValueError: the noise has the wrong shape.
    """
    rows, batch = len(noise), len(inputs["input_ids"])
    if noise.dim() != 2 or noise.shape[1] != settings.max_new_tokens or rows % batch:
        raise ValueError(
            f"noise has shape {tuple(noise.shape)}; it must be a multiple of {batch} rows of "
            f"max_new_tokens={settings.max_new_tokens}"
        )
    return _write(policy, inputs, rows // batch, noise.to(policy.device), settings)


@torch.no_grad()
def greedy(policy: VlmPolicy, inputs: Inputs, max_new_tokens: int) -> Completions:
    """Write the most probable token each time, one completion for each prompt."""
    return _write(policy, inputs, 1, None, SamplingSettings(max_new_tokens))


def _write(
    policy: VlmPolicy,
    inputs: Inputs,
    repeats: int,
    noise: Tensor | None,
    settings: SamplingSettings,
) -> Completions:
    with policy.autocast():
        prefix = prefill(policy.model, inputs, repeats)
    logits = prefix.logits
    ends = torch.tensor(policy.special.eos, device=policy.device)
    running = torch.ones(len(logits), dtype=torch.bool, device=policy.device)
    tokens, masks, log_probs = [], [], []
    for position in range(settings.max_new_tokens):
        if position:
            with policy.autocast():
                logits = append(policy.model, prefix, tokens[-1].unsqueeze(1))[:, -1]
        logits = shaped(logits, settings.temperature, policy.special.suppressed)
        picked = (
            logits.argmax(dim=-1)
            if noise is None
            else choose(logits, noise[:, position], settings.top_p)
        )
        log_probs.append(log_prob(logits, picked))
        tokens.append(picked.masked_fill(~running, policy.special.pad))
        masks.append(running)
        running = running & ~torch.isin(picked, ends)
        if not running.any():
            break
    return Completions(torch.stack(tokens, 1), torch.stack(masks, 1), torch.stack(log_probs, 1))
