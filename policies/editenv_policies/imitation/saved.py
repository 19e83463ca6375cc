"""A policy on disk: weights as safetensors, settings as JSON, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from safetensors.torch import load_file, save_file
from torch import Tensor

STEM = "model"
"""What a saved policy's two files are called, before ``.safetensors`` and ``.json``."""

SCALE = ".scale"
"""Ends the name of the tensor by which an eight-bit one is multiplied."""


def write_policy(
    folder: str | Path,
    stem: str,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write ``STEM.safetensors`` and ``STEM.json``.

    Args:
        folder: made if it is not there.
        stem: of the files' names.
        tensors: by name.
        settings: plain values.
        dtype: of the floating-point tensors in the file; with ``torch.int8``, matrices have a
            scale for each row (``NAME.scale``) and the rest is float16.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        kept |= _rounded(name, tensor, dtype) if tensor.is_floating_point() else {name: tensor}
    kept = {name: tensor.contiguous() for name, tensor in kept.items()}
    save_file(kept, folder / f"{stem}.safetensors")
    # Last, so that a policy whose settings are there is whole.
    (folder / f"{stem}.json").write_text(json.dumps(settings, indent=1) + "\n")


def read_policy(folder: str | Path, stem: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return settings and tensors; floating-point ones are float32.

    Raises:
        FileNotFoundError: no such file.
    """
    folder = Path(folder)
    settings = json.loads((folder / f"{stem}.json").read_text())
    kept = load_file(folder / f"{stem}.safetensors")
    scales = {name: kept.pop(name).float() for name in list(kept) if name.endswith(SCALE)}
    tensors = {n: t.float() if t.is_floating_point() else t for n, t in kept.items()}
    for name, scale in scales.items():
        matrix = name.removesuffix(SCALE)
        tensors[matrix] = tensors[matrix] * scale
    return settings, tensors


def _rounded(name: str, tensor: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
    if dtype != torch.int8:
        return {name: tensor.to(dtype)}
    if tensor.ndim < 2:
        return {name: tensor.half()}
    scale = (tensor.abs().amax(-1, keepdim=True) / 127).clamp(min=1e-6).half()
    return {name: (tensor / scale).round().clamp(-127, 127).to(torch.int8), name + SCALE: scale}


def open_boxes(shapes: Mapping[str, Sequence[int]]) -> dict[str, spaces.Space[Any]]:
    """Return unbounded float32 spaces: a network reads only the shape of a space."""
    return {key: spaces.Box(-np.inf, np.inf, tuple(s), np.float32) for key, s in shapes.items()}


def is_saved(folder: Path, stem: str = STEM) -> bool:
    """Whether a folder contains a complete policy."""
    return (folder / f"{stem}.json").exists()
