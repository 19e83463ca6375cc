"""Prompts that are computed once for all of their completions.

All completions of a group follow one picture and one prompt. Both pass the model once, and the
keys and values of the prompt's tokens are then repeated for each completion. Sampling does so
without gradients, the loss with them: they flow through the repeated keys and values into the
prompt and the image encoder and add up there, so that a group costs one prompt, not
``group_size``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from editenv_policies.grpo_vlm.prompts import Inputs


@dataclass
class Prefix:
    """Prompts that wait for their completions.

    Attributes:
        cache: keys and values of N = B * repeats rows, the completions of a prompt side by side.
        logits: (N, V) of the first token of each completion.
        attention_mask: (N, P) int64; grows with what is appended.
        shift: (N, 1) int64, what models with rotary positions in three dimensions (Qwen-VL) add
            to the number of a token, since a picture takes fewer positions than tokens; None
            elsewhere.
    """

    cache: Any
    logits: Tensor
    attention_mask: Tensor
    shift: Tensor | None


def prefill(model: Any, inputs: Inputs, repeats: int) -> Prefix:
    """Pass prompts and pictures through the model and repeat what it remembers.

    Args:
        model: an image-text-to-text model of transformers.
        inputs: of B prompts, padded on the left.
        repeats: completions of each prompt.

    Raises:
        ValueError: the model's cache cannot be repeated.
    """
    mask = inputs["attention_mask"]
    rotary = _shifting(model)
    positions = {} if rotary is not None else {"position_ids": _positions(mask)}
    out = model(**inputs, **positions, use_cache=True, logits_to_keep=1)
    cache = out.past_key_values
    if not hasattr(cache, "batch_repeat_interleave"):
        raise ValueError(
            f"model={type(model).__name__} has a cache of type {type(cache).__name__}; "
            "it must have batch_repeat_interleave, as DynamicCache"
        )
    cache.batch_repeat_interleave(repeats)
    shift = None if rotary is None else rotary.rope_deltas.repeat_interleave(repeats, dim=0)
    return Prefix(
        cache,
        out.logits[:, -1].repeat_interleave(repeats, dim=0),
        mask.repeat_interleave(repeats, dim=0),
        shift,
    )


def append(model: Any, prefix: Prefix, tokens: Tensor) -> Tensor:
    """Pass tokens of every completion through the model; the prefix grows by them.

    Args:
        model: that of ``prefill``.
        prefix: what came before.
        tokens: (N, T) int64.

    Returns:
        Logits (N, T, V) of what follows each token.
    """
    prefix.attention_mask = torch.cat([prefix.attention_mask, torch.ones_like(tokens)], dim=1)
    positions = _positions(prefix.attention_mask)[:, -tokens.shape[1] :]
    if prefix.shift is not None:
        positions = (positions + prefix.shift).expand(3, -1, -1)
    return model(
        input_ids=tokens,
        attention_mask=prefix.attention_mask,
        position_ids=positions,
        past_key_values=prefix.cache,
        use_cache=True,
    ).logits


def _positions(mask: Tensor) -> Tensor:
    """Number the tokens of each row from 0, padding left out, (N, T)."""
    return (mask.long().cumsum(dim=1) - 1).clamp(min=0)


def _shifting(model: Any) -> Any:
    """The submodule that finds positions in three dimensions by itself, or None."""
    return next((module for module in model.modules() if hasattr(module, "rope_deltas")), None)
