"""A model with random weights, for runs that only show that everything works."""

from __future__ import annotations

from pathlib import Path

from editenv_policies.small_vlm.build import Size, build
from editenv_policies.small_vlm.tokenizer import make_tokenizer

SMALLEST = Size(picture=64, eye=32, eye_layers=(1, 1), layers=2, inner=64)
"""Of 0.9 M parameters."""


def save_random(folder: str | Path, size: Size = SMALLEST, seed: int = 0) -> None:
    """Save a random model with its processor.

    Args:
        folder: is made; ``AutoModelForImageTextToText`` and ``AutoProcessor`` load it.
        size: of the model.
        seed: of its weights.
    """
    model, processor = build(make_tokenizer(600), size, seed, meanings=False)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
