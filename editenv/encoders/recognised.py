"""Regions for an encoder that knows only words: what is seen is named, the name is embedded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editenv.encoders.base import TextEncoder, Vectors
from editenv.encoders.crops import WHOLE_PICTURE, CropEncoder, known_names
from editenv.encoders.regions import Slots, nearest_names
from editenv.imaging.regions import is_whole
from editenv.types import Image


class RecognisingEncoder:
    """Names what it sees by `CropEncoder` and embeds the name by any text encoder.

    Coarser than an image encoder, for only the nearest name is left: no colour, no "part of". The
    whole picture is called "whole picture".

    Args:
        text_encoder: embeds the names.
        seeing: sees them.
    """

    def __init__(self, text_encoder: TextEncoder, seeing: CropEncoder | None = None) -> None:
        self.text_encoder = text_encoder
        self.seeing = seeing or CropEncoder()
        self.dimension: int = text_encoder.dimension

    def encode(self, pictures: Sequence[Image], regions: Sequence[Slots]) -> list[Vectors]:
        """Embed the regions' recognised names; see ``ImageEncoder.encode``."""
        seen = self.seeing.encode(pictures, regions)
        return [self._embedded(slots, rows) for slots, rows in zip(regions, seen, strict=True)]

    def _embedded(self, slots: Slots, seen: Vectors) -> Vectors:
        rows = np.zeros((len(slots), self.dimension), np.float32)
        for slot, name in enumerate(self.seeing.names(seen)):
            region = slots[slot]
            if region is not None and name is not None:
                whole = is_whole(region.mask)
                rows[slot] = self.text_encoder.pooled(WHOLE_PICTURE if whole else name)
        return rows

    def names(self, embeddings: Vectors) -> list[str | None]:
        """Return the known name whose vector is nearest; None where a row is zeros."""
        names = known_names()
        table = np.stack([self.text_encoder.pooled(name) for name in names])
        return nearest_names(embeddings, names, table)
