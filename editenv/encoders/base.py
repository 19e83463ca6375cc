"""What a text encoder is: text in, one bounded vector a token out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""float32 array: (n, D) for tokens, (D,) for a pooled text."""


@runtime_checkable
class TextEncoder(Protocol):
    """Text to embeddings.

    It may also have ``image_encoder()``, which returns an ``ImageEncoder`` into the same space, and
    ``vocabulary()``, which returns (V, D) float32: all vectors that a token can have.

    Attributes:
        dimension: D, the length of every vector.
    """

    dimension: int

    def tokens(self, text: str) -> Vectors:
        """Return (n, D) float32, one vector a token in reading order, unpadded, n >= 1.

        No vector is longer than 1, so every element lies in [-1, 1]. A text without tokens gives
        one vector of zeros.
        """
        ...

    def pooled(self, text: str) -> Vectors:
        """Return (D,) float32 for the whole text, of length 1 (zeros for a text without tokens)."""
        ...


def mean_pooled(tokens: Vectors) -> Vectors:
    """Return the mean of (n, D) token vectors, scaled to length 1; zeros stay zeros."""
    return normalised(tokens.mean(axis=0))


def normalised(vectors: Vectors) -> Vectors:
    """Scale the vectors along the last axis to length 1, as float32; zeros stay zeros."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)
