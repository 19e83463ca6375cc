"""The first stage: the image encoder learns what the environment's own image encoder knows.

The environment's encoder (``editenv.encoders.CropEncoder``) is shown a region and says in a vector
of the text encoder's space what it is. Here every patch of a picture learns to say it by itself,
without being shown regions: its token becomes the vector of the region that it lies in, which is
near the vectors of the words for it; codes of its place, and of what is wrong with the picture as a
whole, are added. So the language model, whose words begin with the same vectors, is shown a grid of
words, and can learn from ideal ones before the image encoder is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import LlavaForConditionalGeneration

import editenv
from editenv.answers import parse_answer
from editenv.encoders.static import StaticTextEncoder
from editenv.tools import make_tools
from editenv.types import Image
from editenv_policies.small_vlm.build import MEAN, PATCH, STD, WIDTH
from editenv_policies.small_vlm.data import Drawn
from editenv_policies.small_vlm.scenes import COLOUR_NAMES, MOST, object_names

COVERED = 0.3
"""Share of a patch from which a thing is what the patch shows."""

PLACE = 0.5
"""Length of the code of a place; a word's is about 1."""

SHARPNESS = 16.0
"""Factor of cosines in the contrast with all names."""

ZOOM = 0.7
"""Least share of a picture's side that is shown."""

RETOUCH = "ImageEdit-Retouch-v0"

FAULTS = ("exposure", "white_balance", "contrast", "saturation")
"""Actions of Retouch: what mends them says what is wrong with the picture."""


FAULT = 0.5
"""Length of the code of a fault."""


class Labels:
    """What the patches of drawn pictures should look like.

    Args:
        drawn: the pictures.

    Attributes:
        faults: (records, 4) int64, see ``fault_classes``.
        counts: classes of each of ``FAULTS``.
    """

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self.faults, self.counts = fault_classes(drawn)
        self._places = PLACE * place_codes(drawn.picture.shape[1] // PATCH)
        self._codes = FAULT * fault_codes(self.counts)

    def __call__(
        self, chosen: NDArray[np.int64], rng: np.random.Generator | None = None
    ) -> dict[str, torch.Tensor]:
        """Look records up.

        Args:
            chosen: (N,) their numbers.
            rng: crops, mirrors and tints the pictures; None leaves them as they are.

        Returns:
            ``pixels``, (N, 3, side, side) float32; by patch ``names`` (index of ``object_names``,
            0 for the photograph) and ``colours``, (N, patches) int64, and the ideal ``tokens``,
            (N, patches, 256) float32; ``faults``, (N, 4) int64, -1 where none are known.
        """
        drawn = self._drawn
        pairs = [(drawn.picture[i], drawn.things[i]) for i in chosen]
        if rng is not None:
            # The colours of a whole picture are what Retouch asks about.
            tints = drawn.kinds[chosen] != RETOUCH
            pairs = [varied(*pair, rng, tint) for pair, tint in zip(pairs, tints, strict=True)]
        shown = np.stack([things_of_patches(things) for _, things in pairs])
        number = np.arange(len(chosen))[:, None]
        names = np.concatenate([np.zeros((len(chosen), 1), np.int64), drawn.names[chosen]], 1)
        colours = np.concatenate([np.zeros((len(chosen), 1), np.int64), drawn.colours[chosen]], 1)
        embeddings = torch.from_numpy(drawn.embeddings[chosen].astype(np.float32)[number, shown])
        faults = torch.from_numpy(self.faults[chosen])
        return {
            "pixels": pixels_of(np.stack([picture for picture, _ in pairs])),
            "names": torch.from_numpy(names[number, shown]),
            "colours": torch.from_numpy(colours[number, shown]),
            "tokens": embeddings + self._places + self._fault_code(faults)[:, None],
            "faults": faults,
        }

    def _fault_code(self, faults: torch.Tensor) -> torch.Tensor:
        """(N, 256) float32, the sum of the codes of a picture's faults."""
        places = torch.arange(len(FAULTS))
        return self._codes[places, faults.clamp(min=0)].sum(1)


class Seeing(nn.Module):
    """What learns in this stage, and its loss.

    Args:
        model: its image encoder and projector learn.
        drawn: pictures.
        seed: of the order, the crops and the heads, which are thrown away afterwards.
        batch: pictures a step.
    """

    names: torch.Tensor

    def __init__(
        self, model: LlavaForConditionalGeneration, drawn: Drawn, seed: int, batch: int
    ) -> None:
        super().__init__()
        self.eye, self.projector = model.model.vision_tower, model.model.multi_modal_projector
        self._records, self._seed, self._batch = len(drawn), seed, batch
        self.labels = Labels(drawn)
        width = 2 * self.eye.config.embed_dim
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.colour = nn.Linear(width, len(COLOUR_NAMES))
            self.faults = nn.ModuleList(nn.Linear(width, count) for count in self.labels.counts)
        pooled = StaticTextEncoder().pooled
        names = np.stack([pooled(name or "background") for name in object_names()])
        self.register_buffer("names", torch.from_numpy(names), persistent=False)

    def forward(self, step: int) -> torch.Tensor:
        """The loss of a step, a scalar."""
        rng = np.random.default_rng([self._seed, step])
        labels = self.labels(rng.integers(self._records, size=self._batch), rng)
        patches = self.eye(labels["pixels"], output_hidden_states=True).hidden_states[-1]
        return self.loss(patches, self.projector(patches), labels)

    def loss(
        self, patches: torch.Tensor, given: torch.Tensor, labels: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        """How far patches are from what they should say, a scalar.

        Args:
            patches: (N, patches, width) float, as the image encoder gives them.
            given: (N, patches, 256) float, as the projector passes them on.
            labels: of ``Labels``.
        """
        names, shown = labels["names"], labels["names"] > 0
        missed = (given - labels["tokens"]).square().sum(-1)
        logits = SHARPNESS * given @ self.names.T
        named = functional.cross_entropy(
            logits.flatten(0, 1), names.flatten(), reduction="none"
        ).view_as(missed)
        colours = functional.cross_entropy(self.colour(patches[shown]), labels["colours"][shown])
        total = _even(missed, shown, ~shown) + _even(named, shown, ~shown) + 0.5 * colours
        return total + 0.5 * self._fault_loss(patches.mean(1), labels["faults"])

    def _fault_loss(self, pooled: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        told = wanted[:, 0] >= 0
        if not told.any():
            return pooled.new_zeros(())
        losses = [
            functional.cross_entropy(head(pooled[told]), wanted[told, place])
            for place, head in enumerate(self.faults)
        ]
        return torch.stack(losses).mean()


def _even(losses: torch.Tensor, *kinds: torch.Tensor) -> torch.Tensor:
    """The mean of the means of each kind of patches."""
    return torch.stack([losses[kind].mean() for kind in kinds]).mean()


def pixels_of(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """(N, H, W, 3) uint8 as the processor gives them, (N, 3, H, W) float32."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    return ((pixels - mean) / std).contiguous(memory_format=torch.contiguous_format)


def things_of_patches(things: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(side, side) uint8, numbers of things, to (patches,): what each patch shows most of."""
    side = things.shape[0] // PATCH
    cells = things.reshape(side, PATCH, side, PATCH).swapaxes(1, 2).reshape(side * side, -1)
    shares = np.stack([(cells == number).mean(1) for number in range(1, MOST + 1)], 1)
    best = shares.argmax(1)
    return np.where(shares[np.arange(len(best)), best] >= COVERED, best + 1, 0)


def varied(
    picture: Image, things: NDArray[np.uint8], rng: np.random.Generator, tint: bool
) -> tuple[Image, NDArray[np.uint8]]:
    """Show a random part of a picture, mirrored half of the time, in a little other light."""
    side = picture.shape[0]
    part = int(side * rng.uniform(ZOOM, 1.0))
    top, left = rng.integers(side - part + 1, size=2)
    window = slice(top, top + part), slice(left, left + part)
    shown: Any = cv2.resize(picture[window], (side, side), interpolation=cv2.INTER_LINEAR)
    what: Any = cv2.resize(things[window], (side, side), interpolation=cv2.INTER_NEAREST)
    if rng.random() < 0.5:
        shown, what = shown[:, ::-1], what[:, ::-1]
    if tint:
        gains = rng.uniform(0.75, 1.25) * rng.uniform(0.92, 1.08, 3)
        shown = np.clip(shown * gains.astype(np.float32), 0, 255).astype(np.uint8)
    return shown, what


def fault_classes(drawn: Drawn) -> tuple[NDArray[np.int64], list[int]]:
    """What is wrong with the pictures of Retouch.

    Returns:
        (records, 4) int64, 0 for nothing, else 1 plus the number of the option that mends it, -1
        for the records of other kinds; and how many classes each of ``FAULTS`` has.
    """
    options = {
        tool.action: tool.options
        for tool in make_tools(editenv.CONFIGURATIONS[RETOUCH][1]["tools"])
    }
    found = np.full((len(drawn), len(FAULTS)), -1, np.int64)
    for number in np.flatnonzero(drawn.kinds == RETOUCH):
        found[number] = 0
        for edit in parse_answer(drawn.turns[number][0][2]).edits:
            if edit.action in FAULTS:
                place = FAULTS.index(edit.action)
                found[number, place] = 1 + options[edit.action].index(edit.goal)
    return found, [1 + len(options[action]) for action in FAULTS]


def fault_codes(counts: Sequence[int]) -> torch.Tensor:
    """(4, classes, 256) float32: random codes of length 1, zeros for class 0, no fault."""
    codes = torch.randn(len(counts), max(counts), WIDTH, generator=torch.Generator().manual_seed(1))
    codes /= codes.norm(dim=-1, keepdim=True)
    codes[:, 0] = 0
    return codes


def place_codes(side: int) -> torch.Tensor:
    """(side * side, 256) float32 of length 1: waves over columns, then over rows."""
    waves = _waves(side, WIDTH // 2)
    codes: Any = torch.cat((waves.repeat(side, 1), waves.repeat_interleave(side, 0)), 1)
    return codes / codes.norm(dim=1, keepdim=True)


def _waves(length: int, width: int) -> torch.Tensor:
    """(length, width) float32: sines and cosines of wavelengths from 4 ``length`` down to 4."""
    rates: Any = torch.logspace(0, 1, width // 2, base=length) * torch.pi / (2 * length)
    angles = torch.arange(length)[:, None] * rates
    return torch.cat((angles.sin(), angles.cos()), 1)
