"""A bounded cache around an encoder: instructions and labels come back again and again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from editenv.encoders.base import TextEncoder, Vectors


class CachedEncoder:
    """Remembers the most recently used texts of another encoder.

    The arrays it returns are shared and read-only: copy one before writing to it. A pickled cache
    arrives empty.

    Args:
        encoder: the encoder that does the work.
        size: how many texts are kept, for tokens and for pooled vectors each; at least 1.
            A text of 16 tokens with D = 256 takes 16 KiB.
    """

    def __init__(self, encoder: TextEncoder, size: int = 2048) -> None:
        if size < 1:
            raise ValueError(f"size={size!r}: the cache needs room for at least 1 text")
        self.encoder = encoder
        self.size = size
        self.dimension: int = encoder.dimension
        self._tokens = lru_cache(maxsize=size)(self._encode_tokens)
        self._pooled = lru_cache(maxsize=size)(self._encode_pooled)

    def tokens(self, text: str) -> Vectors:
        """Return the encoder's (n, D) float32 token vectors, read-only."""
        return self._tokens(text)

    def pooled(self, text: str) -> Vectors:
        """Return the encoder's (D,) float32 vector of the whole text, read-only."""
        return self._pooled(text)

    def clear(self) -> None:
        """Forget every text."""
        self._tokens.cache_clear()
        self._pooled.cache_clear()

    def _encode_tokens(self, text: str) -> Vectors:
        return _frozen(self.encoder.tokens(text))

    def _encode_pooled(self, text: str) -> Vectors:
        return _frozen(self.encoder.pooled(text))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the encoder and the size; lru_cache itself cannot be pickled."""
        return type(self), (self.encoder, self.size)


def _frozen(array: Vectors) -> Vectors:
    """Return a read-only array, leaving an array that the encoder still owns writable."""
    frozen = array.copy() if array.flags.writeable and array.base is not None else array.view()
    frozen.flags.writeable = False
    return frozen
