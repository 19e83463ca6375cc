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
        dtype: of the floating-point tensors in the file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        name: tensor.to(dtype if tensor.is_floating_point() else tensor.dtype).contiguous()
        for name, tensor in tensors.items()
    }
    save_file(kept, folder / f"{stem}.safetensors")
    # Last, so that a policy whose settings are there is whole.
    (folder / f"{stem}.json").write_text(json.dumps(settings, indent=1) + "\n")


def read_policy(folder: str | Path, stem: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return settings and tensors, float32 where they are floating-point.

    Raises:
        FileNotFoundError: no such file.
    """
    folder = Path(folder)
    settings = json.loads((folder / f"{stem}.json").read_text())
    tensors = load_file(folder / f"{stem}.safetensors")
    return settings, {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}


def open_boxes(shapes: Mapping[str, Sequence[int]]) -> dict[str, spaces.Space[Any]]:
    """Return float32 spaces without limits: all that a network reads off a space is its shape."""
    return {key: spaces.Box(-np.inf, np.inf, tuple(s), np.float32) for key, s in shapes.items()}


def is_saved(folder: Path, stem: str = STEM) -> bool:
    """Whether a folder has a whole policy in it."""
    return (folder / f"{stem}.json").exists()
