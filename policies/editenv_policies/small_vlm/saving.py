"""The model on disk: a folder for transformers, or eight-bit for the package."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import torch
from transformers import LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

from editenv_policies.imitation.saved import read_policy, write_policy

STEM, LAYERS = "model", "layers"
"""What the eight-bit files are called, before ``.safetensors`` and ``.json``: the language model's
layers are in a file of their own, so that a repository can hold each."""


def save(model: LlavaForConditionalGeneration, processor: LlavaProcessor, folder: Path) -> None:
    """Save a model in half precision, for ``AutoModelForImageTextToText``."""
    halves: dict[int, torch.Tensor] = {}
    weights = {
        # Tied weights stay one tensor, which is written once.
        name: halves.setdefault(weight.data_ptr(), weight.half())
        for name, weight in model.state_dict().items()
    }
    model.save_pretrained(folder, state_dict=weights)
    processor.save_pretrained(folder)


def pack(folder: Path, packed: Path) -> None:
    """Write a saved model with eight bits a weight, its processor beside it.

    Args:
        folder: of ``save``.
        packed: gets ``model`` and ``layers``, as safetensors and JSON, and the processor's files.
    """
    model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    tied = "lm_head.weight"
    weights = {n: w for n, w in model.state_dict().items() if n != tied and w.is_floating_point()}
    layers = {name: weights.pop(name) for name in list(weights) if "language_model.layers" in name}
    write_policy(packed, STEM, weights, model.config.to_dict(), torch.int8)
    write_policy(packed, LAYERS, layers, {}, torch.int8)
    LlavaProcessor.from_pretrained(folder).save_pretrained(packed)


def unpack(packed: Path, folder: Path) -> None:
    """Write what ``pack`` packed as a folder for transformers, replaced as a whole."""
    config, weights = read_policy(packed, STEM)
    _, layers = read_policy(packed, LAYERS)
    weights |= layers
    model = LlavaForConditionalGeneration(LlavaConfig.from_dict(config))
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or any(not _is_made(name) for name in missing):
        raise ValueError(f"{packed} does not fit its settings: {missing}, {unexpected}")
    part = folder.with_name(f"{folder.name}.part{os.getpid()}")
    save(model, LlavaProcessor.from_pretrained(packed), part)
    if folder.exists():
        shutil.rmtree(part)
    else:
        os.replace(part, folder)


def _is_made(name: str) -> bool:
    """Whether a tensor follows from the others or from the settings."""
    return name == "lm_head.weight" or "relative_position_index" in name
