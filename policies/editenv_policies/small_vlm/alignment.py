"""Between the stages of seeing and of reading: patches are made to look like words.

A projector that starts at random shows the language model noise, which it learns to ignore long
before it learns to read it. So the projector is first taught to say what a patch shows in the
language's own embeddings. What the language model knows about names, how to copy one above all,
then holds for patches as well.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from editenv_policies.small_vlm.pretrain import draw_patches
from editenv_policies.small_vlm.scenes import COLOUR_NAMES, object_names

PLACE = 0.5
"""Size of the code of a place, in standard deviations of the embeddings."""


class Aligning:
    """Teaches the projector to give a patch the sum of its name's, colour's and place's vectors.

    A name of several tokens has their mean. The photograph has no name and no colour.

    Args:
        model: its projector learns.
        processor: of the model.
        seed: of the scenes.
        batch: pictures a step.
    """

    def __init__(
        self, model: LlavaForConditionalGeneration, processor: LlavaProcessor, seed: int, batch: int
    ) -> None:
        self._model, self._processor = model, processor
        self._seed, self._batch = seed, batch

    def __call__(self, step: int) -> torch.Tensor:
        """The loss of a step, a scalar: how much of the vectors' variance is not explained.

        Patches with an object and patches without one count alike.
        """
        pixels, names, colours = draw_patches(
            self._model, self._processor, self._seed, step, self._batch
        )
        with torch.no_grad():
            seen = self._model.model.vision_tower(pixels).last_hidden_state[:, 1:]
            wanted = self._vectors(object_names())[names] + self._vectors(COLOUR_NAMES)[colours]
            wanted = wanted + self._places(names.shape[1])
        given = self._model.model.multi_modal_projector(seen)
        missed = functional.mse_loss(given, wanted, reduction="none").mean(-1) / wanted.var()
        return (missed[names > 0].mean() + missed[names == 0].mean()) / 2

    @property
    def _weights(self) -> torch.Tensor:
        """(tokens, width) float32."""
        embeddings: Any = self._model.get_input_embeddings()
        return embeddings.weight

    def _vectors(self, words: tuple[str, ...]) -> torch.Tensor:
        """(words, width) float32; zeros for the first one, which stands for nothing."""
        weights = self._weights
        tokens = self._processor.tokenizer([f" {word}" for word in words])["input_ids"]
        rows = [weights[torch.tensor(ids)].mean(0) for ids in tokens]
        return torch.stack([torch.zeros_like(rows[0]), *rows[1:]])

    def _places(self, count: int) -> torch.Tensor:
        """(patches, width) float32: waves over columns and over rows."""
        weights = self._weights
        side = round(count**0.5)
        waves = _waves(side, weights.shape[1] // 2)
        across, down = waves.repeat(side, 1), waves.repeat_interleave(side, 0)
        return PLACE * weights.std() * torch.cat((across, down), 1)


def _waves(length: int, width: int) -> torch.Tensor:
    """(length, width) float32: sines and cosines of wavelengths from 4 ``length`` down to 4."""
    rates: Any = torch.logspace(0, 1, width // 2, base=length) * torch.pi / (2 * length)
    angles = torch.arange(length)[:, None] * rates
    return torch.cat((angles.sin(), angles.cos()), 1)
