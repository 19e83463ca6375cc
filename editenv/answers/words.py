"""Words of an answer and the names that they stand for."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from editenv.encoders import TextEncoder

SYNONYM = 0.45
"""Cosine from which two names mean the same. Measured for the default encoder; see
``docs/text.md``."""


def printable(text: str) -> str:
    """Replace what cannot be printed, lone surrogates included, by spaces."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else " " for letter in text)


def normal(words: str) -> str:
    """Return words as they are compared: lower case, single spaces, British ``colour``.

    Args:
        words: short, since normalising marks takes more than linear time.
    """
    folded = unicodedata.normalize("NFKC", words).casefold()
    plain = printable(folded).replace("_", " ").replace("-", " ")
    return " ".join(plain.split()).replace("color", "colour")


class Impossible(Exception):
    """An edit cannot be carried out; the message says why."""


class NameFinder:
    """Finds the name that is meant, by spelling or else by embedding.

    The nearest of the names that are possible is taken, so that ``"darker"`` never stands for
    ``"brighter"`` where both are, however near their embeddings.

    Args:
        encoder: embeds words and names.
        threshold: the least cosine, -1 to 1, of a synonym.
        pointing: a thing has to be pointed at; its name does not stand for it
            (``editenv.answers.points``).
    """

    def __init__(
        self, encoder: TextEncoder, threshold: float = SYNONYM, *, pointing: bool = False
    ) -> None:
        self._encoder = encoder
        self._threshold = threshold
        self.pointing = pointing

    def find(self, words: str, names: Sequence[str]) -> str | None:
        """Return the name that the words stand for, or None when they stand for none."""
        return exact(words, names) or self._nearest(normal(words), names)

    def _nearest(self, words: str, names: Sequence[str]) -> str | None:
        if not words or not names:
            return None
        meaning = self._encoder.pooled(words)
        cosines = [float(meaning @ self._encoder.pooled(normal(name))) for name in names]
        best = max(range(len(names)), key=cosines.__getitem__)
        return names[best] if cosines[best] >= self._threshold else None


def exact(words: str, names: Sequence[str]) -> str | None:
    """Return the name that is spelt like the words, or None."""
    wanted = normal(words)
    return next((name for name in names if normal(name) == wanted), None)
