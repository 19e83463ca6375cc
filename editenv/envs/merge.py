"""Putting together what shards of a vector environment return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def merge_infos(shards: Sequence[dict[str, Any]], counts: Sequence[int]) -> dict[str, Any]:
    """Merge the infos of shards into those of all sub-environments.

    Args:
        shards: Gymnasium's vector infos of consecutive groups of sub-environments.
        counts: sub-environments in each shard.

    Returns:
        One dictionary; where a shard lacks a key, its sub-environments have zeros, or None, and
        their entry under ``_key`` is False.
    """
    keys = list(dict.fromkeys(key for infos in shards for key in infos))
    return {key: _merge([infos.get(key) for infos in shards], counts) for key in keys}


def _merge(values: Sequence[Any], counts: Sequence[int]) -> Any:
    known = next(value for value in values if value is not None)
    if isinstance(known, dict):
        return merge_infos([value or {} for value in values], counts)
    parts = [
        _nothing(known, count) if value is None else value
        for value, count in zip(values, counts, strict=True)
    ]
    return np.concatenate(parts)


def _nothing(like: np.ndarray, count: int) -> np.ndarray:
    if like.dtype == object:
        return np.full(count, None, object)
    return np.zeros((count, *like.shape[1:]), like.dtype)
