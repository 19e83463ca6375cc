"""A chat model of another architecture than the project's own, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from editenv_policies.small_vlm import make_tokenizer
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

SIDE = 32

TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {% for p in m.content %}"
    "{% if p.type == 'image' %}<image>{% else %}{{ p.text }}{% endif %}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
NO_TEMPLATE = ""


def save_idefics3(folder: Path, template: str = TEMPLATE) -> Path:
    """Build and save a model with its processor."""
    torch.manual_seed(0)
    tokenizer = make_tokenizer(300)
    tokenizer.chat_template = None
    special = ["<image>", "<fake_token_around_image>", "<end_of_utterance>"]
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    pictures = Idefics3ImageProcessorPil(
        size={"longest_edge": SIDE}, max_image_size={"longest_edge": SIDE}, do_image_splitting=False
    )
    processor = transformers.Idefics3Processor(
        pictures, tokenizer, image_seq_len=4, chat_template=template or None
    )
    config = transformers.Idefics3Config(
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": SIDE,
            "patch_size": 8,
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": tokenizer.eos_token_id,
        },
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
    )
    transformers.Idefics3ForConditionalGeneration(config).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def ask(text: str, *pictures: np.ndarray) -> list[dict[str, Any]]:
    """A conversation of one message."""
    content: list[dict[str, Any]] = [{"type": "image", "image": picture} for picture in pictures]
    return [{"role": "user", "content": [*content, {"type": "text", "text": text}]}]


def noise(seed: int, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """A picture of noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
