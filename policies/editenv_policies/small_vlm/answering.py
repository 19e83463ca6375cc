"""The second stage: the language model learns to answer about what the image encoder sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from editenv_policies.small_vlm.build import PATCH
from editenv_policies.small_vlm.data import SCENES, Drawn, Turn
from editenv_policies.small_vlm.seeing import RETOUCH, Labels, Seeing
from editenv_policies.small_vlm.stand_ins import StandIns
from editenv_policies.small_vlm.tokenizer import ROLES

NOT_LEARNED = -100
"""The label of tokens without a loss."""

POOLED = 16
"""Batches whose records are sorted by length together."""

SYNONYMS = 0.15
"""Share of the user's words that others stand in for."""

MIXED, MOST_MIXED = 0.3, 0.7
"""Share of the user's words with which another one is mixed, and at most how much of it: as in
``editenv_policies.sb3.unfamiliar``, new words are near known ones, but equal none of them."""

SEEING = 0.3
"""Weight of what the image encoder learned before, where it learns too."""

NOISE = 0.5
"""Length of what is added to an ideal token."""

TINT = 0.06
"""Most by which a colour of a picture is brighter or darker than it was drawn; not in Retouch."""


class Answering(nn.Module):
    """What learns in this stage, and its loss: the mean over the tokens of answers.

    Embeddings of words that no answer has stay those of the text encoder, next to which are those
    of words that training never shows.

    Args:
        model: learns.
        processor: of the model.
        drawn: pictures and conversations.
        seed: of the order.
        batch: records a step.
        seeing: the image encoder learns too, also what it learned there. None shows the language
            model the tokens that the image encoder should give, so that it can learn without one.
        mixing: mix other words into the user's.
    """

    def __init__(
        self,
        model: LlavaForConditionalGeneration,
        processor: LlavaProcessor,
        drawn: Drawn,
        *,
        seed: int,
        batch: int,
        seeing: Seeing | None = None,
        mixing: bool = False,
    ) -> None:
        super().__init__()
        self.model = model
        self._drawn, self._seed, self._batch = drawn, seed, batch
        self._talk = Talk(processor, drawn)
        self._seeing, self._labels = seeing, seeing.labels if seeing else Labels(drawn)
        table: Any = model.get_input_embeddings()
        free = torch.zeros(len(table.weight), 1)
        free[torch.from_numpy(self._talk.answered)] = 1
        self._hook = table.weight.register_hook(lambda gradient: gradient * free)
        self._stand_ins = StandIns(table.weight.detach(), self._talk.said, self._talk.answered)
        self._lengths = self._talk.lengths()
        self._mixed = MIXED if mixing else 0.0

    def forward(self, step: int) -> torch.Tensor:
        """The loss of a step, a scalar."""
        rng = np.random.default_rng([self._seed, step])
        chosen = self._batch_of(step)
        tokens, labels = self._talk.batch(chosen, rng)
        said = (labels == NOT_LEARNED) & ~self._talk.is_system(tokens)
        tokens = self._stand_ins.replace(tokens, said, rng, SYNONYMS)
        shown, loss = self._shown(chosen, rng)
        hidden = self._hidden(torch.from_numpy(tokens), shown, self._mixtures(tokens, said, rng))
        wanted = torch.from_numpy(labels)[:, 1:]
        learned = wanted != NOT_LEARNED
        logits = self.model.lm_head(hidden[:, :-1][learned])
        return functional.cross_entropy(logits.float(), wanted[learned]) + SEEING * loss

    def _mixtures(
        self, tokens: NDArray[np.int64], said: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """For every token another one and how much of it, (records, tokens)."""
        said = said & (tokens != self._talk.image)
        others = rng.choice(tokens[said], tokens.shape)
        amounts = rng.uniform(0, MOST_MIXED, tokens.shape) * (
            rng.random(tokens.shape) < self._mixed
        )
        return torch.from_numpy(others), torch.from_numpy((amounts * said).astype(np.float32))

    def _hidden(
        self,
        tokens: torch.Tensor,
        shown: torch.Tensor,
        mixtures: tuple[torch.Tensor, torch.Tensor],
    ) -> torch.Tensor:
        """The language model's last states, (records, tokens, width).

        Padding is on the right, where no token looks, so that no mask is needed.
        """
        inner = self.model.model
        table: Any = self.model.get_input_embeddings()
        embedded = mixed(table(tokens), table(mixtures[0]), mixtures[1])
        places = (tokens == self._talk.image)[..., None].expand_as(embedded)
        return inner.language_model(
            inputs_embeds=embedded.masked_scatter(places, shown.to(embedded.dtype)), use_cache=False
        ).last_hidden_state

    def _shown(
        self, chosen: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The pictures' tokens, (records, patches, width), and how far they are from ideal ones."""
        labels = self._labels(chosen)
        if self._seeing is None:
            tokens = labels["tokens"]
            noise = torch.from_numpy(rng.standard_normal(tokens.shape, np.float32))
            return tokens + NOISE / tokens.shape[-1] ** 0.5 * noise, tokens.new_zeros(())
        amount = np.where(self._drawn.kinds[chosen] == RETOUCH, 0.0, TINT)
        gains = 1 + amount[:, None] * rng.uniform(-1, 1, (len(chosen), 3))
        pixels = labels["pixels"] * torch.from_numpy(gains.astype(np.float32))[:, :, None, None]
        inner = self.model.model
        patches = inner.vision_tower(pixels, output_hidden_states=True).hidden_states[-1]
        given = inner.multi_modal_projector(patches)
        return given, self._seeing.loss(patches, given, labels)

    def _batch_of(self, step: int) -> NDArray[np.int64]:
        """Records of about the same length, so that little of a batch is padding."""
        pool, place = divmod(step, POOLED)
        size = POOLED * self._batch
        epoch, first = divmod(pool * size, len(self._drawn))
        order = [
            np.random.default_rng([self._seed, epoch + later]).permutation(len(self._drawn))
            for later in (0, 1)
        ]
        chosen = np.concatenate(order)[first : first + size]
        chosen = chosen[np.argsort(self._lengths[chosen], kind="stable")]
        shuffled = np.random.default_rng([self._seed, pool, 1]).permutation(POOLED)
        return chosen.reshape(POOLED, -1)[shuffled[place]]


def mixed(words: torch.Tensor, others: torch.Tensor, amounts: torch.Tensor) -> torch.Tensor:
    """Add some of other words, (records, tokens, width), to words, which keep their lengths."""
    length = words.norm(dim=-1, keepdim=True)
    added = words + amounts[..., None] * length * functional.normalize(others, dim=-1)
    return torch.where(amounts[..., None] > 0, length * functional.normalize(added, dim=-1), words)


class Talk:
    """The conversations of drawn records as tokens.

    Args:
        processor: of the model.
        drawn: the records.

    Attributes:
        image: id of the picture's placeholder.
        answered: ids that answers have.
        said: ids that the users' words have.
    """

    def __init__(self, processor: LlavaProcessor, drawn: Drawn) -> None:
        tokenizer = processor.tokenizer
        self.image: int = tokenizer.convert_tokens_to_ids(processor.image_token)
        self._pad: int = tokenizer.pad_token_id
        self._picture = processor.image_token * (drawn.picture.shape[1] // PATCH) ** 2
        self._assistant: int = tokenizer.convert_tokens_to_ids(ROLES[-1])
        self._roles = tokenizer.convert_tokens_to_ids(list(ROLES))
        texts, self._first = [], []
        for kind, turns in zip(drawn.kinds, drawn.turns, strict=True):
            self._first.append(len(texts))
            whole = [turns] if kind == SCENES else [[turn] for turn in turns]
            texts += [self._written(part) for part in whole]
        self._first.append(len(texts))
        self._tokens = [
            np.array(ids, np.int32)
            for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]
        ]
        answers = [ids[self._learned(ids)] for ids in self._tokens]
        self.answered = np.unique(np.concatenate([*answers, self._roles]))
        words = np.unique(np.concatenate(self._tokens))
        self.said = np.setdiff1d(words, self.answered)

    def _written(self, turns: Sequence[Turn]) -> str:
        """As the chat template writes it, with the picture before the first question."""
        system = turns[0][0]
        parts = [f"{ROLES[0]}{system}<|end|>"] if system else []
        for number, (_, question, answer) in enumerate(turns):
            picture = "" if number else self._picture
            spoken = answer.replace("\n", "")
            parts.append(f"{ROLES[1]}{picture}{question}<|end|>{ROLES[2]}{spoken}<|end|>")
        return "".join(parts)

    def _learned(self, ids: NDArray[Any]) -> NDArray[np.bool_]:
        """Which tokens an assistant says, the end of its turn included."""
        begins = np.isin(ids, self._roles)
        latest = np.maximum.accumulate(np.where(begins, np.arange(len(ids)), 0))
        return (ids[latest] == self._assistant) & ~begins

    def is_system(self, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(records, tokens): before the user's first word."""
        return np.cumsum(tokens == self._roles[1], 1) == 0

    def lengths(self) -> NDArray[np.int64]:
        """(records,) tokens of each record's first conversation."""
        return np.array([len(self._tokens[first]) for first in self._first[:-1]])

    def batch(
        self, chosen: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw a conversation of each record.

        Returns:
            Tokens, padded on the right, and labels, both (records, tokens) int64.
        """
        rows = [self._tokens[int(rng.integers(self._first[i], self._first[i + 1]))] for i in chosen]
        length = max(map(len, rows))
        tokens = np.full((len(rows), length), self._pad, np.int64)
        labels = np.full((len(rows), length), NOT_LEARNED, np.int64)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row
            labels[number, : len(row)] = np.where(self._learned(row), row, NOT_LEARNED)
        return tokens, labels
