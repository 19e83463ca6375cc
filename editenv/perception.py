"""What can be seen of the regions of a picture: their embeddings, and names read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from editenv.types import WHOLE_IMAGE, Image, Region

Regions = tuple[Region | None, ...]


class Seen(Protocol):
    """A picture with its regions, such as the state of a workspace."""

    @property
    def canvas(self) -> Image:
        """(H, W, 3) uint8."""
        ...

    @property
    def regions(self) -> Regions:
        """By slot."""
        ...


class RegionEncoder(Protocol):
    """Crops to vectors, and vectors to words.

    Attributes:
        dimension: D, the length of every vector.
    """

    dimension: int

    def encode(
        self, pictures: Sequence[Image], regions: Sequence[Sequence[Region | None]]
    ) -> list[NDArray[np.float32]]:
        """Return (R, D) float32 for each picture, zeros where a slot is empty."""
        ...

    def names(self, embeddings: NDArray[np.float32]) -> list[str | None]:
        """Return the word that is nearest to each of (R, D) vectors; None for zeros."""
        ...


class Perception:
    """Looks at states once and remembers what it saw as long as they are in use.

    Args:
        encoder: sees.
    """

    def __init__(self, encoder: RegionEncoder) -> None:
        self.encoder = encoder
        self.dimension = encoder.dimension
        self._embeddings: WeakKeyDictionary[Seen, NDArray[np.float32]] = WeakKeyDictionary()
        self._named: WeakKeyDictionary[Seen, Regions] = WeakKeyDictionary()

    def look(self, states: Sequence[Seen]) -> None:
        """See several states in one batch."""
        # Members of a group share a state.
        new = list(dict.fromkeys(state for state in states if state not in self._embeddings))
        if not new:
            return
        found = self.encoder.encode([s.canvas for s in new], [s.regions for s in new])
        for state, embeddings in zip(new, found, strict=True):
            embeddings.setflags(write=False)
            self._embeddings[state] = embeddings

    def embeddings(self, state: Seen) -> NDArray[np.float32]:
        """Return (R, D) float32, read-only."""
        self.look([state])
        return self._embeddings[state]

    def named(self, state: Seen) -> Regions:
        """Return the regions, each without a label called as it looks."""
        named = self._named.get(state)
        if named is None:
            words = self.encoder.names(self.embeddings(state))
            named = tuple(map(_called, state.regions, words))
            self._named[state] = named
        return named

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the encoder alone: weak references do not travel."""
        return {"encoder": self.encoder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begin with nothing seen."""
        self.__init__(state["encoder"])


def _called(region: Region | None, word: str | None) -> Region | None:
    if region is None or region.label:
        return region
    return replace(region, label=word or WHOLE_IMAGE)
