"""A picture, a region and a batch of edits, for the tests of diffusion tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from editenv.models.diffusion import DiffusionTool
from editenv.tools import Prompt
from editenv.types import Image, Mask

SIDE = 32
FLUX, INPAINT = "FluxKontextPipeline", "StableDiffusionInpaintPipeline"
QUICK: dict[str, Any] = {"size": "picture", "steps": 1, "device": "cpu"}
Folders = Callable[[str], Path]


def picture(seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def region() -> Mask:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8:20, 10:24] = 255
    mask[7, 10:24] = 90
    return mask


def edit(tool: DiffusionTool, texts: list[str], mask: Mask | None = None) -> list[Any]:
    count = len(texts)
    masks = [region() if mask is None else mask] * count
    images = [picture(number) for number in range(count)]
    prompts = [Prompt(text, seed) for seed, text in enumerate(texts)]
    return list(tool.apply_prompted(images, masks, [0] * count, prompts))
