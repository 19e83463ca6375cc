"""Observations in which things and words look unfamiliar.

The image encoder is sure about the pictures of `train`, on which it was trained, but not about
another picture of the same thing. A word that `train` never uses is near words that it uses, but
equals none of them. A policy that has seen only the embeddings of `train` mistakes others for
something else. So in training a share of the embeddings is mixed with that of another thing or
another word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from editenv_policies.sb3.synonyms import Synonyms


class Mixing(NamedTuple):
    """How much is mixed.

    Attributes:
        share: of the embeddings, 0 to 1.
        most: largest length of what is mixed in, as a share of the embedding's own.
    """

    share: float
    most: float


REGIONS = Mixing(0.5, 0.9)
WORDS = Mixing(0.3, 0.7)

PLAIN = Mixing(0.0, 0.0)
"""Nothing is mixed. So reinforcement learning leaves words: in the one run of PPO from scratch in
which they were mixed, it took mild options for strong ones (``docs/coordinator.md``)."""


class Unfamiliar:
    """Mixes the embeddings of observations; the same seed gives the same mixtures.

    Args:
        seed: of the mixing.
        regions: how the embeddings of regions are mixed.
        words: how those of words are mixed; the mean of an instruction's words stays as it is.
        synonyms: replaces words before they are mixed; None replaces none.
    """

    def __init__(
        self,
        seed: int | Sequence[int] = 0,
        regions: Mixing = REGIONS,
        words: Mixing = WORDS,
        synonyms: Synonyms | None = None,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._regions = regions
        self._words = words
        self._synonyms = synonyms

    @property
    def random_state(self) -> dict[str, Any]:
        """The state of its generator, in plain values; can be set."""
        return dict(self._rng.bit_generator.state)

    @random_state.setter
    def random_state(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state

    def __call__(self, observation: dict[str, Any]) -> dict[str, Any]:
        """Return a batch of observations anew; what is not mixed is the same array."""
        seen = dict(observation)
        seen["region_embeddings"] = self._mix(seen["region_embeddings"], self._regions)
        if "instruction_mask" in seen:
            words = seen["instruction"]
            if self._synonyms is not None:
                words = self._synonyms.replace(words, seen["instruction_mask"], self._rng)
            seen["instruction"] = self._mix(words, self._words)
        return seen

    def _mix(self, embeddings: NDArray[np.float32], mixing: Mixing) -> NDArray[np.float32]:
        """(N, K, D): every row keeps its length, and so an empty one stays empty."""
        rng, rows = self._rng, embeddings.reshape(-1, embeddings.shape[-1])
        length = np.linalg.norm(rows, axis=1)
        filled = np.flatnonzero(length)
        chosen = filled[rng.random(len(filled)) < mixing.share]
        others = rows[rng.choice(filled, len(chosen))] if len(chosen) else rows[chosen]
        kept = length[chosen, None]
        scale = kept / np.linalg.norm(others, axis=1, keepdims=True)
        amount = (mixing.most * rng.random((len(chosen), 1))).astype(np.float32)
        mixed = rows[chosen] + amount * scale * others
        found = rows.copy()
        found[chosen] = mixed * (kept / np.maximum(np.linalg.norm(mixed, axis=1)[:, None], 1e-6))
        return found.reshape(embeddings.shape)
