"""The coordinator's network with heads that know each other's choice: call, region, option."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn
from torch.nn import functional

from policies.imitation.calls import CallTable
from policies.sb3.extractor import HIDDEN, CoordinatorExtractor, Reading
from policies.sb3.policy import PointerHead


class WordsInMind(nn.Module):
    """Weights of an instruction's words, for somebody who has something in mind.

    Args:
        mind: length of the vector that says what.
        width: of the words' vectors.
    """

    def __init__(self, mind: int, width: int) -> None:
        super().__init__()
        self.query = nn.Sequential(nn.LayerNorm(mind), nn.Linear(mind, width))
        self.key = nn.Linear(width, width)

    def forward(self, mind: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """Return (N, L), which add up to 1 over real words."""
        scores = (self.key(words) @ self.query(mind).unsqueeze(2)).squeeze(2)
        scores = scores / words.shape[2] ** 0.5
        return (scores + (1.0 - mask) * HIDDEN).softmax(dim=1)


class ConditionedHeads(nn.Module):
    """Logits of the call, of the region given the call, of the option given both.

    Args:
        table: what the numbers mean.
        option_names: (C, O, D), embeddings of the options' names.
        width: of the extractor's vectors.
    """

    option_names: Tensor

    def __init__(self, table: CallTable, option_names: np.ndarray, width: int) -> None:
        super().__init__()
        calls, _, options = table.sizes
        self.base = PointerHead(table.sizes, width)
        names = functional.normalize(torch.from_numpy(option_names).float(), dim=-1)
        self.register_buffer("option_names", names)
        self.meant = nn.Embedding(calls, width)
        self.point_words = WordsInMind(2 * width, width)
        self.point = _layers(4 * width, width, 1)
        self.trust_pointed = nn.Parameter(torch.tensor(3.0))
        self.option_words = WordsInMind(3 * width, width)
        self.choose = _layers(4 * width, width, calls * options)
        self.trust_chosen = nn.Parameter(torch.full((calls, 1), 3.0))

    def calls(self, reading: Reading) -> Tensor:
        """(N, C) logits, nothing masked."""
        return self.base.parts(reading.features)[0]

    def regions(self, reading: Reading, call: Tensor) -> Tensor:
        """(N, R) logits of the region for a call (N,), nothing masked."""
        features, meant = reading.features, self.meant(call)
        mind = torch.cat([features.summary, meant], dim=1)
        weights = self.point_words(mind, reading.words, reading.mask)
        likeness = (reading.similarity @ weights.unsqueeze(2)).squeeze(2)
        said = (weights.unsqueeze(1) @ reading.words).squeeze(1)
        mind = torch.cat([mind, said], dim=1).unsqueeze(1)
        beside = mind.expand(-1, features.regions.shape[1], -1)
        pointed = self.point(torch.cat([features.regions, beside], dim=2)).squeeze(2)
        return pointed + self.trust_pointed * likeness

    def options(self, reading: Reading, call: Tensor, region: Tensor) -> Tensor:
        """(N, O) logits of the option for a call (N,) on a region (N,), nothing masked."""
        features, rows = reading.features, torch.arange(len(call), device=call.device)
        place = features.regions[rows, region]
        mind = torch.cat([features.summary, self.meant(call), place], dim=1)
        weights = self.option_words(mind, reading.words, reading.mask).unsqueeze(1)
        said = (weights @ reading.words).squeeze(1)
        chosen = self.choose(torch.cat([mind, said], dim=1))
        chosen = chosen.unflatten(1, (-1, self.option_names.shape[1]))[rows, call]
        alike = (weights @ reading.unit @ self.option_names[call].transpose(1, 2)).squeeze(1)
        matched = self.base.trust_option[call] * features.options[rows, call]
        return chosen + matched + self.trust_chosen[call] * alike


class CoordinatorNetwork(nn.Module):
    """Extractor and heads.

    Args:
        observation_space: its shapes are read.
        table: what the numbers of an action mean.
        action_embeddings: (C, D) and (C, O, D), as ``ImageEditEnv.action_embeddings`` gives them.
        width: of all vectors.
        layers: of the transformer over the instruction.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        table: CallTable,
        action_embeddings: tuple[np.ndarray, np.ndarray],
        width: int = 96,
        layers: int = 2,
    ) -> None:
        super().__init__()
        self.table = table
        self.extractor = CoordinatorExtractor(
            observation_space, table.sizes, action_embeddings, width=width, layers=layers
        )
        self.heads = ConditionedHeads(table, action_embeddings[1], width)

    def losses(
        self, observation: dict[str, Tensor], mask: Tensor, actions: Tensor
    ) -> Iterator[Tensor]:
        """Yield (n, 3) negative log-likelihoods of call, region and option, some rows at a time.

        Where a call takes no region or has one option, that loss is 0.
        """
        table = self.table
        for reading in self.extractor.read(observation):
            calls, present = table.masks(mask[reading.rows])
            call, region, option = actions[reading.rows].unbind(1)
            points, chooses = table.points[call], table.chooses[call]
            parts = [
                _loss(self.heads.calls(reading), calls, call),
                _loss(self.heads.regions(reading, call), present & table.regions[call], region)
                * points,
                _loss(self.heads.options(reading, call, region), table.options[call], option)
                * chooses,
            ]
            yield torch.stack(parts, dim=1)

    @torch.no_grad()
    def act(self, observation: dict[str, Tensor], mask: Tensor, greedy: bool = True) -> Tensor:
        """Return (N, 3) int64: call, then a region for it, then an option for both."""
        table = self.table
        actions = torch.zeros(len(mask), 3, dtype=torch.int64)
        for reading in self.extractor.read(observation):
            calls, present = table.masks(mask[reading.rows])
            call = _take(self.heads.calls(reading), calls, greedy)
            valid = present & table.regions[call]
            region = _take(self.heads.regions(reading, call), valid, greedy)
            options = self.heads.options(reading, call, region)
            option = _take(options, table.options[call], greedy)
            actions[reading.rows] = torch.stack([call, region, option], dim=1)
        return actions

    @torch.no_grad()
    def log_chances(self, observation: dict[str, Tensor], mask: Tensor) -> Tensor:
        """Return (N, C): the logarithm of how probable each call is."""
        found = torch.zeros(len(mask), self.table.sizes[0])
        for reading in self.extractor.read(observation):
            calls, _ = self.table.masks(mask[reading.rows])
            logits = self.heads.calls(reading).masked_fill(~calls, HIDDEN)
            found[reading.rows] = logits.log_softmax(1)
        return found


def _layers(size: int, width: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(size), nn.Linear(size, width), nn.GELU(), nn.Linear(width, out)
    )


def _loss(logits: Tensor, valid: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy among what is valid; a target outside it costs much, but not infinitely."""
    return functional.cross_entropy(logits.masked_fill(~valid, -30.0), target, reduction="none")


def _take(logits: Tensor, valid: Tensor, greedy: bool) -> Tensor:
    logits = logits.masked_fill(~valid, HIDDEN)
    if greedy:
        return logits.argmax(1)
    return torch.multinomial(logits.softmax(1), 1).squeeze(1)
