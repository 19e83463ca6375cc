"""The parts of the coordinator's network: text, regions and history to vectors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class HistoryEncoder(nn.Module):
    """The last calls, (N, K, 3) numbers with -1 where there is none, to (N, width)."""

    def __init__(self, sizes: tuple[int, int, int], length: int, width: int) -> None:
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size + 1, 16) for size in sizes)
        self.project = nn.Linear(length * 3 * 16 + 1, width)

    def forward(self, history: Tensor, steps_left: Tensor) -> Tensor:
        """Embed each number separately, -1 included."""
        numbers = history.long() + 1
        parts = [table(numbers[..., i]) for i, table in enumerate(self.embeddings)]
        flat = torch.cat(parts, dim=-1).flatten(1)
        return self.project(torch.cat([flat, steps_left], dim=1))


class WordGrounder(nn.Module):
    """Finds the words that name a region, and replaces them by a description of the region.

    What is to be done with a thing hardly depends on what it is. A policy that reads "flip the
    lollipop" as "flip the <region>" cannot learn that lollipops are usually flipped
    (delexicalisation: Henderson et al., 2014, SIGDIAL).

    Args:
        features: length of a region's features.
        width: of the words' vectors.
    """

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.describe = nn.Linear(features, width)
        self.threshold = nn.Parameter(torch.tensor(0.4))

    def forward(self, similarity: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Ground the words.

        Args:
            similarity: (N, R, L), cosine of labels with words.
            regions: (N, R, features).

        Returns:
            (N, L, 1) in [0, 1], whether the word names a region, and (N, L, width), the
            description of that region, zero for other words.
        """
        best, region = similarity.max(1)
        named = torch.sigmoid(20.0 * (best - self.threshold)).unsqueeze(2)
        chosen = regions.gather(1, region.unsqueeze(2).expand(-1, -1, regions.shape[2]))
        return named, named * self.describe(chosen)


class WordMatcher(nn.Module):
    """Scores how well names match the words of an instruction.

    The score of a name is the log-sum-exp over the words of ``sharpness * cosine + weight``: a
    soft maximum, in which a word's weight depends on its context, so that in "replace the duck with
    a cat" the cat can be meant.

    Args:
        names: (..., D), embeddings; equal ones are matched once.
        width: of the words' contextual vectors.
    """

    SHARPNESS = 10.0
    names: Tensor
    index: Tensor

    def __init__(self, names: np.ndarray, width: int) -> None:
        super().__init__()
        unique, index = np.unique(names.reshape(-1, names.shape[-1]), axis=0, return_inverse=True)
        unit = functional.normalize(torch.from_numpy(unique), dim=-1)
        self.register_buffer("names", unit, persistent=False)
        self.register_buffer(
            "index", torch.from_numpy(index.reshape(names.shape[:-1])), persistent=False
        )
        self.weigh = nn.Linear(width, 1)
        nn.init.zeros_(self.weigh.weight)
        nn.init.zeros_(self.weigh.bias)

    def forward(self, unit: Tensor, read: Tensor, mask: Tensor) -> Tensor:
        """Score the names.

        Args:
            unit: (N, L, D), the instruction's embeddings, scaled to length 1.
            read: (N, L, width), the words in context.
            mask: (N, L), 1 for real words.

        Returns:
            (N, ...), shaped as the names are.
        """
        cosine = unit @ self.names.T
        weight = self.weigh(read) + (1.0 - mask.unsqueeze(2)) * -1e9
        scores = (self.SHARPNESS * cosine + weight).logsumexp(1)
        return scores[:, self.index]


class CallReader(nn.Module):
    """Reads the instruction once for every call: which words are about this call?

    Args:
        names: (C, O, D), embeddings of the names of each call's options.
        width: of the words' vectors.
    """

    names: Tensor

    def __init__(self, names: np.ndarray, width: int) -> None:
        super().__init__()
        unit = functional.normalize(torch.from_numpy(names).float(), dim=-1)
        self.register_buffer("names", unit, persistent=False)
        self.queries = nn.Parameter(torch.randn(2, len(names), width) / width**0.5)
        self.ask = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width))
        self.key = nn.Linear(width, 2 * width)

    def forward(
        self, summary: Tensor, words: Tensor, unit: Tensor, mask: Tensor, similarity: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read.

        Args:
            summary: (N, width).
            words: (N, L, width), in context.
            unit: (N, L, D), their embeddings, scaled to length 1.
            mask: (N, L), 1 for real words.
            similarity: (N, R, L), cosine of regions with words.

        Returns:
            (N, C, width), a summary for each call; (N, C, R), how well its words fit each region;
            (N, C, O), how well they fit the names of its options.
        """
        # Keys are never made: what they would be multiplied with is brought to the words instead.
        key = self.key.weight.unflatten(0, (2, -1))
        asked = self.ask(summary).unflatten(1, (2, -1)).transpose(0, 1) @ key
        own = asked.transpose(0, 1) @ words.transpose(1, 2)
        shared = functional.linear(words, (self.queries @ key).flatten(0, 1))
        scores = own.unsqueeze(2) + shared.transpose(1, 2).unflatten(1, (2, -1))
        scores = scores / words.shape[2] ** 0.5
        weights = (scores + (1.0 - mask[:, None, None]) * -1e9).softmax(-1)
        of_region, of_option = weights[:, 0], weights[:, 1]
        pointed = of_region @ similarity.transpose(1, 2)
        alike = torch.einsum("ncd,cod->nco", of_option @ unit, self.names)
        return (of_region + of_option) @ words, pointed, alike


class Places:
    """The positions of the real items in padded sequences, which can be packed without the padding.

    Work on single items then spends no time on padding.

    Args:
        numbers: (T,) int64, the items' indices in the flattened padded sequences.
        shape: (N, L) of the padded sequences.
    """

    def __init__(self, numbers: Tensor, shape: tuple[int, int]) -> None:
        self._numbers, self._shape = numbers, shape

    def fill(self, items: Tensor) -> Tensor:
        """(T, D) to (N, L, D), with zeros as padding."""
        count, length = self._shape
        padded = items.new_zeros(count * length, items.shape[1])
        return padded.index_copy(0, self._numbers, items).unflatten(0, self._shape)

    def strip(self, padded: Tensor) -> Tensor:
        """(N, L, D) to (T, D)."""
        return padded.flatten(0, 1).index_select(0, self._numbers)


class Block(nn.Module):
    """Pre-norm attention and feed-forward; keys may come from another sequence."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.norm = nn.LayerNorm(width)
        self.context_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        bias: Tensor,
        places: Places | None = None,
        context_places: Places | None = None,
    ) -> Tensor:
        """Attend from ``x`` (N, A, width) to ``context`` (N, B, width).

        Args:
            x: queries.
            context: keys and values.
            bias: (N, 1 or heads, 1 or A, B), added to the scores; -inf hides.
            places: of ``x``, if it is packed: (T, width).
            context_places: the same for ``context``.
        """
        query = self.query(self.norm(x)) * self.scale
        key_value = self.key_value(self.context_norm(context))
        if places is not None:
            query = places.fill(query)
        if context_places is not None:
            key_value = context_places.fill(key_value)
        key, value = key_value.chunk(2, dim=-1)
        # PyTorch's own attention is slow where the bias is learnt: it looks for rows of -inf.
        scores = self._split(query) @ self._split(key).transpose(2, 3) + bias
        attended = (scores.softmax(-1) @ self._split(value)).transpose(1, 2).flatten(2)
        x = x + self.out(attended if places is None else places.strip(attended))
        return x + self.feed(x)
