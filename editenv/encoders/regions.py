"""What an image encoder of regions is, and what all of them share: a crop is encoded once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from threading import Lock
from typing import Any, Protocol, runtime_checkable

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from editenv.encoders.base import Vectors
from editenv.types import Box, Image, Region

REMEMBERED = 16_384
"""Crops whose vectors an encoder keeps; at 256 numbers 1 KiB each."""

Crop = NDArray[Any]
"""What is encoded of a region, uint8."""

Slots = Sequence[Region | None]
"""The regions of one picture; None is an empty slot."""


@runtime_checkable
class ImageEncoder(Protocol):
    """Regions of pictures to embeddings in the space of a text encoder.

    Attributes:
        dimension: D, the length of every vector.
    """

    dimension: int

    def encode(self, pictures: Sequence[Image], regions: Sequence[Slots]) -> list[Vectors]:
        """Encode the regions of several pictures in one batch.

        Args:
            pictures: each (H, W, 3) uint8; sizes may differ.
            regions: for each picture its regions; None is an empty slot.

        Returns:
            For each picture (R, D) float32, no row longer than 1, zeros where the slot is empty.
        """
        ...

    def names(self, embeddings: Vectors) -> list[str | None]:
        """Say what each of (R, D) vectors looks like most; None where a row is zeros."""
        ...


class CachedImageEncoder(ABC):
    """Remembers vectors by the content of their crops.

    After an edit only those crops are run whose pixels or mask changed. What a crop gives must not
    depend on what else is in the batch. A pickled encoder arrives without what it remembers.

    Args:
        remembered: how many vectors are kept, at least 1.

    Raises:
        ValueError: ``remembered`` is below 1.
    """

    dimension: int

    def __init__(self, remembered: int = REMEMBERED) -> None:
        if remembered < 1:
            raise ValueError(f"remembered={remembered!r}: room for at least 1 vector is needed")
        self.remembered = remembered
        self._vectors: LRUCache[bytes, Vectors] = LRUCache(remembered)
        self._lock = Lock()

    @abstractmethod
    def crop(self, image: Image, region: Region) -> Crop:
        """Return what is encoded of a region, C-contiguous uint8."""

    @abstractmethod
    def run(self, crops: Sequence[Crop]) -> Vectors:
        """Return (N, D) float32 for at least one crop."""

    def encode(self, pictures: Sequence[Image], regions: Sequence[Slots]) -> list[Vectors]:
        """Encode all crops that are not remembered in one batch; see ``ImageEncoder.encode``."""
        rows = [np.zeros((len(slots), self.dimension), np.float32) for slots in regions]
        wanted = list(self._crops(pictures, regions))
        vectors = self._vectors_of({key: crop for _, _, key, crop in wanted})
        for picture, slot, key, _ in wanted:
            rows[picture][slot] = vectors[key]
        return rows

    def _crops(
        self, pictures: Sequence[Image], regions: Sequence[Slots]
    ) -> Iterator[tuple[int, int, bytes, Crop]]:
        """Yield for every region its picture's number, its slot, its crop's key and its crop."""
        for number, (picture, slots) in enumerate(zip(pictures, regions, strict=True)):
            for slot, region in enumerate(slots):
                if region is not None and region.box[0] < region.box[2]:
                    crop = self.crop(picture, region)
                    key = blake2b(crop.data, digest_size=16)
                    # Crops of the same bytes may have another shape.
                    key.update(b"%d" % crop.shape[0])
                    yield number, slot, key.digest(), crop

    def _vectors_of(self, crops: dict[bytes, Crop]) -> dict[bytes, Vectors]:
        with self._lock:
            found = {key: self._vectors[key] for key in crops if key in self._vectors}
        new = [key for key in crops if key not in found]
        if new:
            made = self.run([crops[key] for key in new])
            made_by_key = dict(zip(new, made, strict=True))
            found |= made_by_key
            with self._lock:
                self._vectors.update(made_by_key)
        return found

    def clear(self) -> None:
        """Forget every crop."""
        with self._lock:
            self._vectors.clear()


def nearest_names(embeddings: Vectors, names: tuple[str, ...], table: Vectors) -> list[str | None]:
    """Return for each row the name with the highest cosine; None for a row of zeros.

    Args:
        embeddings: (R, D) float32.
        names: N of them.
        table: (N, D) float32, rows of length 1.
    """
    best = np.argmax(embeddings @ table.T, axis=1) if len(embeddings) else np.zeros(0, int)
    seen = np.any(embeddings, axis=1)
    return [names[int(i)] if there else None for i, there in zip(best, seen, strict=True)]


def window(size: tuple[int, ...], box: Box, margin: float) -> tuple[slice, slice]:
    """Return the rows and columns of a box with a margin.

    Args:
        size: height and width of the picture.
        box: in pixels.
        margin: on each side, as a share of the box's.
    """
    left, top, right, bottom = box
    across, down = (max(1, round(margin * side)) for side in (right - left, bottom - top))
    return (
        slice(max(0, top - down), min(size[0], bottom + down)),
        slice(max(0, left - across), min(size[1], right + across)),
    )
