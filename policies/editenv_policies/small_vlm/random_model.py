"""A model with random weights, for runs that only show that everything works."""

from __future__ import annotations

from pathlib import Path

from editenv_policies.small_vlm.build import Size, build
from editenv_policies.small_vlm.data import Records, texts
from editenv_policies.small_vlm.tokenizer import train_tokenizer


def save_random(folder: str | Path, size: Size | None = None, seed: int = 0) -> None:
    """Save a random model with its processor.

    Args:
        folder: is made; ``AutoModelForImageTextToText`` and ``AutoProcessor`` load it.
        size: of the model; None for one of 0.2 M parameters.
        seed: of weights and tokenizer.
    """
    size = size or Size(picture=64, patch=32, eye=32, eye_layers=1, width=64, layers=2)
    tokenizer = train_tokenizer(texts(Records(seed, side=64, questions=0.5), 60), vocab_size=600)
    model, processor = build(tokenizer, size, seed)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
