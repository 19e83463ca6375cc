"""Masks from boxes, with a promptable segmentation model of transformers (SAM)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from editenv.models.pretrained import Pretrained
from editenv.types import Box, Image, Mask


class BoxSegmenter:
    """Any ``AutoModelForMaskGeneration`` that takes boxes: SAM (Kirillov et al., 2023).

    Tested with SAM (a tiny one, random weights). SAM 2's processor needs torchvision.

    Args:
        folder: see ``Pretrained``.
        device: see ``Pretrained``.
        dtype: see ``Pretrained``.

    Raises:
        ValueError: a bad argument, or no such model.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(
        self, folder: str | Path, *, device: str | None = None, dtype: str | None = None
    ) -> None:
        self._pretrained = Pretrained(
            "MaskGeneration", folder, device=device, dtype=dtype, argument="sam"
        )

    def segment(self, image: Image, boxes: Sequence[Box]) -> list[Mask]:
        """Return an (H, W) uint8 mask of 0 and 255 for each box; it may be empty.

        Args:
            image: (H, W, 3) uint8.
            boxes: in pixels.
        """
        if not boxes:
            return []
        import torch

        prompts = [[[float(value) for value in box] for box in boxes]]
        with self._pretrained.lock, torch.inference_mode():
            processor = self._pretrained.processor
            inputs = processor(
                images=Pillow.fromarray(image), input_boxes=prompts, return_tensors="pt"
            )
            sizes = [inputs.pop(n) for n in ("original_sizes", "reshaped_input_sizes")]
            inputs["input_boxes"] = inputs["input_boxes"].float()
            # A box says what is meant, so that one mask is enough.
            outputs = self._pretrained.model(
                **self._pretrained.to_device(inputs), multimask_output=False
            )
            (masks,) = processor.post_process_masks(outputs.pred_masks.float().cpu(), *sizes)
        return [np.asarray(mask[0], np.uint8) * 255 for mask in masks.numpy()]

    def load(self) -> None:
        """Load the weights now, not with the first picture.

        Raises:
            ValueError: they cannot be read.
            RuntimeError: the device has no room for them.
        """
        _ = self._pretrained.processor, self._pretrained.model

    def close(self) -> None:
        """Give the weights up; the last one to do so frees them."""
        self._pretrained.close()
