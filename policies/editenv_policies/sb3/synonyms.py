"""Words that stand in for the words of `train` while a policy learns.

`train` uses some hundreds of words; an encoder knows about ten thousand. Each word that `train`
never uses is taken to mean the same as the nearest word of `train`, if it is near at all. A policy
that has seen such words in training understands "vanish" for "disappear".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAR = 0.3
"""Least cosine of a word with the one that it may stand for."""

MOST = 12
"""Words that may stand for one, the nearest."""

SHARE = 0.25
"""Of the words of an instruction."""

BLOCK = 4096
"""Words that are compared at once."""

Words = NDArray[np.float32]


class Synonyms:
    """Replaces words by others that are nearer to them than to any other known word.

    So "left" is never replaced by "right", however near they are, if both are known.

    Args:
        known: (W, D) embeddings of the words in use; some may occur several times.
        vocabulary: (V, D) float32, of all words that the encoder knows, the known ones among them.
        share: of the words to replace, 0 to 1.

    Raises:
        ValueError: none of the known words is in the vocabulary, or a share out of its range.
    """

    def __init__(
        self, known: NDArray[np.floating], vocabulary: Words, share: float = SHARE
    ) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share={share} must be from 0 to 1")
        said = {_key(word) for word in known}
        is_said = np.array([_key(word) in said for word in vocabulary])
        if not is_said.any():
            raise ValueError("vocabulary has none of the known words: it is of another encoder")
        self.share = share
        self._vocabulary = vocabulary
        others = np.flatnonzero(~is_said)
        words = np.flatnonzero(is_said)
        nearest, cosine = _nearest(_unit(vocabulary[others]), _unit(vocabulary[words]))
        self._stand_ins: dict[bytes, NDArray[np.int64]] = {}
        for number, word in enumerate(words):
            mine = np.flatnonzero((nearest == number) & (cosine >= NEAR))
            best = mine[np.argsort(-cosine[mine], kind="stable")[:MOST]]
            if len(best):
                self._stand_ins[_key(vocabulary[word])] = others[best]

    def of(self, word: NDArray[np.floating]) -> Words:
        """Return (n, D) float32, the words that may replace a word, nearest first."""
        return self._vocabulary[self._stand_ins.get(_key(word), np.zeros(0, np.int64))]

    def replace(self, words: Words, mask: np.ndarray, rng: np.random.Generator) -> Words:
        """Replace a share of the words.

        Args:
            words: (N, L, D) float32; it is not written to.
            mask: (N, L), 1 for real words.
            rng: draws the words and their replacements.
        """
        replaced = words.copy()
        places = np.nonzero((rng.random(mask.shape) < self.share) & (mask > 0))
        keys = words[places].astype(np.float16)
        for *place, key, drawn in zip(*places, keys, rng.random(len(keys)), strict=True):
            stand_ins = self._stand_ins.get(key.tobytes())
            if stand_ins is not None:
                replaced[*place] = self._vocabulary[stand_ins[int(drawn * len(stand_ins))]]
        return replaced


def _key(word: NDArray[np.floating]) -> bytes:
    return word.astype(np.float16).tobytes()


def _unit(words: Words) -> Words:
    return words / np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1e-6)


def _nearest(words: Words, known: Words) -> tuple[NDArray[np.int64], Words]:
    """For each word the nearest known one, and its cosine."""
    found = [words[first : first + BLOCK] @ known.T for first in range(0, len(words), BLOCK)]
    nearest = np.concatenate([block.argmax(1) for block in found])
    cosine = np.concatenate([block.max(1) for block in found])
    return nearest, cosine
