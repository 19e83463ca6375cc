"""Features of an observation: the instruction read with the regions, picture and history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn
from torch.nn import functional

from editenv_policies.sb3.encoders import (
    Block,
    CallReader,
    HistoryEncoder,
    Places,
    WordGrounder,
    WordMatcher,
)
from editenv_policies.sb3.pictures import PictureEncoder, RegionLooks

ROWS = 64
"""Observations that are padded to one length. The mean is 25 words; one in twenty has 46."""

PICTURES = ("image", "prepared")

NAMED = 15.0
"""How sharply the region whose look is nearest to a word stands out as the one that is named."""

SPAN = 12
"""Words that are farther apart than this count as equally far."""

HIDDEN = -1e9
"""Added to attention scores of padding; finite, so that a row of padding gives no NaN."""


class Features(NamedTuple):
    """The extractor's output in parts. N: batch, R: region slots, C: calls, O: options."""

    summary: Tensor
    """(N, width): instruction, picture and history together."""
    regions: Tensor
    """(N, R, width)."""
    likeness: Tensor
    """(N, R): the best cosine of the region's label with a word of the instruction."""
    calls: Tensor
    """(N, C): how well the call's name matches the instruction."""
    options: Tensor
    """(N, C, O): the same for each option's name."""
    said: Tensor
    """(N, C, width): what the instruction says, read for each call."""
    pointed: Tensor
    """(N, C, R): how well the words that are about a call fit each region."""
    alike: Tensor
    """(N, C, O): how well they fit the names of its options."""
    present: Tensor
    """(N, R): 1 where the slot holds a region."""

    def pack(self) -> Tensor:
        """Flatten to (N, F), which SB3 passes from extractor to heads."""
        return torch.cat([part.flatten(1) for part in self], dim=1)

    @staticmethod
    def unpack(flat: Tensor, sizes: Sequence[int]) -> Features:
        """Undo ``pack``; ``sizes`` are those of the factored action."""
        calls, slots, options = sizes
        width = (flat.shape[1] - _fixed(sizes)) // (1 + slots + calls)
        shapes = [
            (width,),
            (slots, width),
            (slots,),
            (calls,),
            (calls, options),
            (calls, width),
            (calls, slots),
            (calls, options),
            (slots,),
        ]
        parts = flat.split([math.prod(shape) for shape in shapes], dim=1)
        return Features(*(p.unflatten(1, shape) for p, shape in zip(parts, shapes, strict=True)))


def _fixed(sizes: Sequence[int]) -> int:
    """Numbers of packed features that don't depend on the width."""
    calls, slots, options = sizes
    return 2 * slots + calls * (1 + 2 * options + slots)


class CoordinatorExtractor(BaseFeaturesExtractor):
    """Lets every region attend to the words of the instruction.

    Labels and words share one encoder and one projection, so a label that the policy has never seen
    still finds its word. The similarity of the raw embeddings enters the
    attention directly.

    The names of calls and options are matched with the words in the same way, so a policy knows
    that "crimson" is red before it has tried either.

    Args:
        observation_space: of ``ImageEditEnv`` with ``instruction_format="tokens"``.
        action_sizes: sizes of the factored action, for the history's embeddings.
        action_embeddings: what ``ImageEditEnv.action_embeddings`` returns.
        width: of all vectors.
        layers: of the transformer over the instruction.
        heads: of every attention.

    Raises:
        ValueError: an observation space without token embeddings.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        action_sizes: Sequence[int],
        action_embeddings: tuple[np.ndarray, np.ndarray],
        width: int = 96,
        layers: int = 2,
        heads: int = 4,
    ) -> None:
        if "instruction_mask" not in observation_space.spaces:
            raise ValueError("CoordinatorExtractor needs instruction_format='tokens'")
        regions = observation_space["regions"].shape
        tokens = observation_space["instruction"].shape
        history = observation_space["history"].shape
        picture = _height_and_width(observation_space["image"].shape)
        assert regions and tokens and history
        calls, slots, options = action_sizes
        size = width * (1 + slots + calls) + _fixed(action_sizes)
        super().__init__(observation_space, features_dim=size)
        self.width = width
        self.sizes = tuple(action_sizes)
        self.match_calls = WordMatcher(action_embeddings[0], width)
        self.match_options = WordMatcher(action_embeddings[1], width)
        self.read_for_calls = CallReader(action_embeddings[1], width)
        self.embed = nn.Linear(tokens[1], width)
        self.gist = nn.Linear(tokens[1], width)
        self.ground = WordGrounder(regions[1], width)
        self.positions = nn.Parameter(torch.randn(tokens[0], width) * 0.02)
        self.picture = PictureEncoder(picture, width)
        self.looks = RegionLooks(width)
        self.history = HistoryEncoder((calls, slots, options), history[0], width)
        self.near = nn.Parameter(_slopes(heads).repeat(layers, 1, 1))
        self.reader = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.describe = nn.Linear(regions[1] + 6, width)
        self.find = Block(width, heads)
        self.compare = Block(width, heads)
        self.likeness = nn.Parameter(torch.full((heads,), 5.0))
        self.heads = heads

    def forward(self, observation: dict[str, Any]) -> Tensor:
        """Return ``Features``, packed.

        Args:
            observation: of N steps. ``"prepared"``, the result of ``PictureEncoder.prepare``, may
                replace ``"image"``.
        """
        seen = {name: observation[name] for name in observation if name not in PICTURES}
        small, numbers = observation.get("prepared") or self.picture.prepare(observation["image"])
        seen["picture"] = self.picture(small, numbers)
        seen["looks"] = self.looks(small, observation["regions"][..., :4])
        # Side by side with others of their length, short instructions need little padding.
        order = seen["instruction_mask"].sum(1).argsort(stable=True)
        parts = [
            self._read({name: value[rows] for name, value in seen.items()}).pack()
            for rows in order.split(ROWS)
        ]
        return torch.cat(parts)[order.argsort()]

    def _read(self, observation: dict[str, Tensor]) -> Features:
        words, mask = _trim(observation["instruction"], observation["instruction_mask"])
        labels, regions = observation["region_embeddings"], observation["regions"]
        unit = functional.normalize(words, dim=-1)
        similarity = _cosine(labels, unit) * mask.unsqueeze(1)
        present = regions[..., -1]

        summary = self.history(observation["history"], observation["steps_left"])
        summary = summary + observation["picture"]
        words_at, read_at = _places(mask)
        named, looks = self.ground(similarity, regions)
        # What is named by a word is described in its stead, so the word itself is left out.
        kept = 1.0 - named
        embedded = functional.linear(words_at.strip(words), self.embed.weight)
        beside = looks + self.positions[: words.shape[1]] + self.embed.bias
        sequence = embedded * words_at.strip(kept) + words_at.strip(beside)
        read = torch.cat([summary, sequence])
        padding = functional.pad(1.0 - mask, (1, 0)) * HIDDEN
        apart = _apart(words.shape[1])
        for block, near in zip(self.reader, self.near, strict=True):
            # The summary, which comes first, is as near to every word.
            nearness = functional.pad(near[:, apart], (1, 0, 1, 0))
            read = block(read, read, padding[:, None, None] + nearness, read_at, read_at)

        # Padding is like nothing: its cosine of 0 would beat words that fit worse than that.
        best = similarity.masked_fill(mask.unsqueeze(1) == 0, -1.0).amax(2)
        found = self.embed(labels) + self.describe(_region_input(regions, best))
        found = found + observation["looks"]
        bias = self.likeness[:, None, None] * functional.pad(similarity, (1, 0)).unsqueeze(1)
        found = self.find(found, read, bias + padding[:, None, None], context_places=read_at)
        read = read_at.fill(read)
        absent = (1.0 - present) * HIDDEN
        found = self.compare(
            found,
            torch.cat([found, read[:, :1]], dim=1),
            functional.pad(absent, (0, 1))[:, None, None],
        )
        # The bag of words by itself tells much about tool and option, and is learnt at once.
        said = self.gist(_mean(words, mask, kept.squeeze(2)))
        summary, read = read[:, 0] + said + _mean(read[:, 1:], mask), read[:, 1:]
        calls, options = (m(unit, read, mask) for m in (self.match_calls, self.match_options))
        said, pointed, alike = self.read_for_calls(summary, read, unit, mask, similarity)
        return Features(
            summary=summary,
            regions=found,
            likeness=best,
            calls=calls,
            options=options,
            said=said,
            pointed=pointed,
            alike=alike,
            present=present,
        )


def _places(mask: Tensor) -> tuple[Places, Places]:
    """Of the words in (N, L), and of summaries and words in (N, 1 + L), all summaries first."""
    count, length = mask.shape
    words = mask.flatten().nonzero().squeeze(1)
    rows = torch.arange(count, device=mask.device)
    read = torch.cat([rows * (length + 1), words + words // length + 1])
    return Places(words, (count, length)), Places(read, (count, length + 1))


def _slopes(heads: int) -> Tensor:
    """(heads, 2 * SPAN + 1): how much less a head looks at words that are farther away.

    Each head begins with another slope, as in ALiBi (Press et al., 2022, arXiv:2108.12409), the
    first with none; what they become is learnt, a number for each distance, as in T5's relative
    positions. What belongs to one clause stands together, wherever the clause is.
    """
    slopes = torch.cat([torch.zeros(1), 0.05 * 4.0 ** torch.arange(heads - 1)])
    return -slopes[:, None] * torch.arange(-SPAN, SPAN + 1).abs()


def _apart(length: int) -> Tensor:
    """(L, L): for every two words, the place of their distance in ``near``."""
    places = torch.arange(length)
    return (places[None] - places[:, None]).clamp(-SPAN, SPAN) + SPAN


def _height_and_width(shape: tuple[int, ...] | None) -> tuple[int, int]:
    """Of a picture's shape, which SB3 may have turned to channels first."""
    assert shape is not None
    return (shape[1], shape[2]) if shape[0] == 3 else (shape[0], shape[1])


def _trim(words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Drop the columns in which no instruction of the batch has a word."""
    longest = max(int(mask.sum(1).max().item()), 1)
    return words[:, :longest], mask[:, :longest]


def _mean(vectors: Tensor, mask: Tensor, share: Tensor | float = 1.0) -> Tensor:
    """(N, L, D) to (N, D): the mean over real words, scaled to be as long as one of several.

    Of each word only a share is taken, (N, L).
    """
    count = mask.sum(1, keepdim=True).clamp(min=1.0)
    return ((mask * share / count.sqrt()).unsqueeze(1) @ vectors).squeeze(1)


def _cosine(labels: Tensor, unit: Tensor) -> Tensor:
    """(N, R, L) cosine of every label with every word of length 1; 0 where either is empty."""
    return functional.normalize(labels, dim=-1) @ unit.transpose(1, 2)


def _region_input(regions: Tensor, best: Tensor) -> Tensor:
    """The region's own features, its best likeness to a word, its lead over the others.

    And where it lies, seen from the region that is named: "the thing left of the dog".
    """
    best = best.unsqueeze(2)
    lead = best - best.amax(1, keepdim=True)
    named = (NAMED * best + (1.0 - regions[..., -1:]) * HIDDEN).softmax(1)
    boxes = regions[..., :4]
    beside = boxes - (named * boxes).sum(1, keepdim=True)
    return torch.cat([regions, best, lead, beside], dim=2)
