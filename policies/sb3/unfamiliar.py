"""Embeddings of regions as they are where things look unfamiliar.

The image encoder is sure of the pictures that it was trained on, and those are the pictures of
`train`; of another picture of the same thing it is not. A policy that has only met sure embeddings
takes the others for something else. So, while it learns, it is shown a share of them mixed with the
embedding of another thing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHARE = 0.5
"""Of the embeddings."""

MOST = 0.9
"""Length of what is mixed in, at most; the embedding itself has length 1."""


class Unfamiliar:
    """Mixes embeddings; the same seed mixes the same ones alike.

    Args:
        seed: of what is mixed with what.
        share: how many are mixed, 0 to 1.
        most: how far, 0 to 1.
    """

    def __init__(
        self, seed: int | Sequence[int] = 0, share: float = SHARE, most: float = MOST
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._share = share
        self._most = most

    def __call__(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, R, D) float32 of length 1, as given; empty slots stay empty."""
        rng, (count, slots, _) = self._rng, embeddings.shape
        others = embeddings[rng.permutation(count)][:, rng.permutation(slots)]
        chosen = rng.random((count, slots, 1)) < self._share
        amount = np.where(chosen, self._most * rng.random((count, slots, 1)), 0.0)
        mixed = embeddings + amount.astype(np.float32) * others
        length = np.linalg.norm(mixed, axis=2, keepdims=True)
        filled = np.abs(embeddings).max(2, keepdims=True) > 0
        return np.where(filled, mixed / np.maximum(length, 1e-6), embeddings)
