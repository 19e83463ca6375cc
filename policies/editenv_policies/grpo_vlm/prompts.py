"""From problems to what a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image as Pillow
from torch import Tensor

from editenv_policies.grpo_vlm.problems import Problem

Inputs = dict[str, Tensor]
"""Arguments of a model's forward pass, ``input_ids`` and ``attention_mask`` (B, P) among them."""


def encode_prompts(
    processor: Any, problems: Sequence[Problem], device: torch.device | str
) -> Inputs:
    """Write the chat messages by the model's template and encode them with their pictures.

    Args:
        processor: of an image-text-to-text model, with a chat template.
        problems: one row each.
        device: where the tensors go.

    Returns:
        What the processor returns; shorter prompts are padded on the left, so that every row ends
        where its completion begins.

    Raises:
        ValueError: the processor has no chat template.
    """
    if not (processor.chat_template or getattr(processor.tokenizer, "chat_template", None)):
        raise ValueError(
            f"processor={type(processor).__name__} must have a chat_template that takes messages "
            "with images"
        )
    texts = [
        processor.apply_chat_template(problem.messages, add_generation_prompt=True, tokenize=False)
        for problem in problems
    ]
    processor.tokenizer.padding_side = "left"
    inputs = processor(
        text=texts,
        # A list for each prompt: Idefics3 and its relatives take no flat list.
        images=[[Pillow.fromarray(problem.image)] for problem in problems],
        padding=True,
        return_tensors="pt",
        # A template writes the beginning-of-sequence token itself where the model wants it.
        add_special_tokens=False,
    )
    return {name: value.to(device) for name, value in inputs.items() if isinstance(value, Tensor)}


def encode_answers(
    tokenizer: Any, answers: Sequence[str], end: int, pad: int, device: torch.device | str
) -> tuple[Tensor, Tensor]:
    """Encode completions to imitate.

    Args:
        tokenizer: of the model.
        answers: one row each.
        end: the token that ends a completion.
        pad: fills up shorter rows on the right.
        device: where the tensors go.

    Returns:
        Tokens (N, T) int64 and a mask (N, T) bool, True where a token counts.
    """
    rows = [[*tokenizer(answer, add_special_tokens=False)["input_ids"], end] for answer in answers]
    longest = max(map(len, rows))
    tokens = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=device)
    mask = torch.tensor([[t < len(row) for t in range(longest)] for row in rows], device=device)
    return tokens, mask
