"""A dictionary of arrays as one row of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import cv2
import numpy as np
from gymnasium import spaces

from editenv.envs.arguments import check_at_least

PICTURE_SIDE = 16
"""Side of the shrunk pictures, in pixels."""


class Flattening:
    """Concatenates chosen entries of a ``Dict`` observation.

    Pictures are shrunk by averaging. Bounded values (pixels, the history, masks) are scaled to
    [0, 1]. Embeddings stay as they are.

    Args:
        space: a ``Dict`` of ``Box`` entries.
        keys: which entries, in this order; None for all.
        picture_side: side of the shrunk pictures in pixels, at least 1.

    Attributes:
        space: ``Box`` of shape (N,), float32.

    Raises:
        ValueError: ``space`` is not a ``Dict`` of ``Box`` entries, a key is unknown or repeated,
            ``keys`` is empty, or the side is below 1.
    """

    def __init__(
        self,
        space: spaces.Space[Any],
        keys: Sequence[str] | None = None,
        picture_side: int = PICTURE_SIDE,
    ) -> None:
        check_at_least("picture_side", picture_side, 1)
        self._side = picture_side
        self._boxes = _chosen(space, keys)
        low = [self._row(box, np.full(box.shape, box.low)) for box in self._boxes.values()]
        high = [self._row(box, np.full(box.shape, box.high)) for box in self._boxes.values()]
        self.space = spaces.Box(np.concatenate(low), np.concatenate(high), dtype=np.float32)

    def __call__(self, observation: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the chosen entries as (N,) float32."""
        rows = [self._row(box, observation[key]) for key, box in self._boxes.items()]
        return np.concatenate(rows)

    def _row(self, box: spaces.Box[Any], value: np.ndarray) -> np.ndarray:
        if _is_picture(box):
            size = (self._side, self._side)
            value = cv2.resize(value, size, interpolation=cv2.INTER_AREA)
            return (value.astype(np.float32) / 255.0).ravel()
        if box.is_bounded():
            low = box.low.astype(np.float32)
            span = box.high.astype(np.float32) - low
            # What can only have one value becomes 0.
            value = (value - low) / np.where(span > 0.0, span, 1.0)
        return np.asarray(value, np.float32).ravel()


def _chosen(space: spaces.Space[Any], keys: Sequence[str] | None) -> dict[str, spaces.Box[Any]]:
    if not isinstance(space, spaces.Dict):
        raise ValueError(f"the observation space is {space}: accepted is a Dict of Box entries")
    entries: dict[str, Any] = cast(Any, space).spaces
    wanted = tuple(entries) if keys is None else tuple(keys)
    if not wanted or len({*wanted} & {*entries}) < len(wanted):
        raise ValueError(f"keys={keys!r}: choose at least one of {tuple(entries)}, none twice")
    others = [key for key in wanted if not isinstance(entries[key], spaces.Box)]
    if others:
        raise ValueError(f"keys={others!r} are no Box entries of the observation space")
    return {key: entries[key] for key in wanted}


def _is_picture(box: spaces.Box[Any]) -> bool:
    return box.dtype == np.uint8 and len(box.shape) == 3
