"""Observations with parts hidden, to test whether a policy needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

GREY = 128

HIDEABLE: dict[str, dict[str, int]] = {
    "picture": {"image": GREY, "region_embeddings": 0},
    "instruction": {"instruction": 0},
}
"""By what can be hidden: the observation's keys, and what they are filled with.

Without the picture the boxes of the regions stay; without the instruction its length does."""


def check_hidden(hidden: Iterable[str]) -> tuple[str, ...]:
    """Return the names as a sorted tuple.

    Raises:
        ValueError: a name that is not in ``HIDEABLE``.
    """
    names = tuple(sorted(set(hidden)))
    for name in names:
        if name not in HIDEABLE:
            raise ValueError(f"hidden={name!r} is unknown: choose from {sorted(HIDEABLE)}")
    return names


def hide(observation: Mapping[str, Any], hidden: Iterable[str]) -> dict[str, Any]:
    """Blank parts of an observation, or of a batch of them.

    Args:
        observation: arrays by key; they are not changed.
        hidden: names of ``HIDEABLE``; none returns the same arrays.

    Returns:
        A new dictionary. Entries that are kept are shared with ``observation``.

    Raises:
        ValueError: an unknown name.
    """
    seen = dict(observation)
    for name in check_hidden(hidden):
        for key in HIDEABLE[name].keys() & observation.keys():
            seen[key] = np.full_like(observation[key], HIDEABLE[name][key])
    return seen
