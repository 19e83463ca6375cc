"""What is learned in the stages: to see what every patch shows, then to answer."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from editenv_policies.small_vlm.data import Captions, Record, Records
from editenv_policies.small_vlm.inputs import model_inputs
from editenv_policies.small_vlm.scenes import COLOUR_NAMES, object_names, patches_of, random_scene
from editenv_policies.small_vlm.tokenizer import ROLES

NOT_LEARNED = -100
"""The label of tokens without a loss."""

POOLED = 8
"""Steps whose records are sorted by length together."""


class Naming(nn.Module):
    """Teaches the image encoder to say of every patch which object it shows, in which colour.

    A caption teaches a few words a picture; this teaches every patch of it. The two heads are
    thrown away afterwards.

    Args:
        model: its image encoder learns.
        processor: of the model.
        seed: of the scenes and of the heads.
        batch: pictures a step.
    """

    def __init__(
        self, model: LlavaForConditionalGeneration, processor: LlavaProcessor, seed: int, batch: int
    ) -> None:
        super().__init__()
        self.eye = model.model.vision_tower
        sizes: Any = model.config.vision_config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.name = nn.Linear(sizes.hidden_size, len(object_names()))
            self.colour = nn.Linear(sizes.hidden_size, len(COLOUR_NAMES))
        self._draw = partial(draw_patches, model, processor, seed, batch=batch)

    def forward(self, step: int) -> torch.Tensor:
        """The loss of a step, a scalar: the sum of both cross-entropies."""
        pixels, names, colours = self._draw(step)
        seen = self.eye(pixels).last_hidden_state[:, 1:]
        return _cross_entropy(self.name(seen), names) + _cross_entropy(self.colour(seen), colours)


def draw_patches(
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    seed: int,
    step: int,
    batch: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw the pictures of a step.

    Returns:
        Pixels, (batch, 3, side, side) float32, then names and colours of the patches, both
        (batch, patches) int64; see ``Patches``.
    """
    sizes: Any = model.config.vision_config
    rngs = [np.random.default_rng([seed, step * batch + place]) for place in range(batch)]
    shown = [patches_of(random_scene(rng, sizes.image_size), sizes.patch_size) for rng in rngs]
    read: Any = processor.image_processor
    pixels = read([one.picture for one in shown], return_tensors="pt")["pixel_values"]
    names = torch.from_numpy(np.stack([one.names for one in shown]))
    colours = torch.from_numpy(np.stack([one.colours for one in shown]))
    return pixels, names, colours


def _cross_entropy(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())


class Answering:
    """Teaches the model the answers of records, token by token.

    The image encoder stands still: it has learned to see, and a step takes less time without it.

    Args:
        model: learns, except for its image encoder.
        processor: of the model.
        records: what it learns from.
        batch: records a step.
    """

    def __init__(
        self,
        model: LlavaForConditionalGeneration,
        processor: LlavaProcessor,
        records: Records | Captions,
        batch: int,
    ) -> None:
        self._model, self._processor = model, processor
        self._records, self._batch = records, batch
        self._sorted: tuple[int, list[Record]] = (-1, [])

    def __call__(self, step: int) -> torch.Tensor:
        """The loss of a step, a scalar: the mean over the tokens of answers."""
        self._model.model.vision_tower.requires_grad_(False)
        return self._model(**encode(self._processor, self._batch_of(step))).loss

    def _batch_of(self, step: int) -> list[Record]:
        """Records of about the same length, so that little of a batch is padding.

        Those of ``POOLED`` steps are sorted together; so a batch depends on its step only.
        """
        pool, place = divmod(step, POOLED)
        if self._sorted[0] != pool:
            numbers = range(pool * POOLED * self._batch, (pool + 1) * POOLED * self._batch)
            records = [self._records[number] for number in numbers]
            self._sorted = pool, sorted(records, key=lambda record: record.length)
        return self._sorted[1][place * self._batch : (place + 1) * self._batch]


def encode(processor: LlavaProcessor, records: list[Record]) -> dict[str, Any]:
    """Turn records into a batch with labels; all have a picture, or none has.

    Returns:
        ``input_ids``, ``attention_mask`` and ``labels``, (records, tokens) int64, and
        where there are pictures ``pixel_values``, (records, 3, side, side) float32. A label is
        -100 outside of answers.
    """
    pictures = [record.picture for record in records if record.picture is not None]
    inputs = model_inputs(processor, [record.messages() for record in records], pictures)
    roles = processor.tokenizer.convert_tokens_to_ids(list(ROLES))
    said = answered(inputs["input_ids"], roles) & inputs["attention_mask"].bool()
    labels = inputs["input_ids"].masked_fill(~said, NOT_LEARNED)
    return {**inputs, "labels": labels}


def answered(ids: torch.Tensor, roles: list[int]) -> torch.Tensor:
    """(records, tokens) bool: which tokens an assistant says, the end of its turn included.

    Args:
        ids: (records, tokens) int64.
        roles: ids of the tokens that begin a message; the assistant's is the last one.
    """
    begins = torch.isin(ids, torch.tensor(roles))
    places = torch.arange(ids.shape[1]).expand_as(ids)
    latest = torch.where(begins, places, 0).cummax(1).values
    return (ids.gather(1, latest) == roles[-1]) & ~begins
