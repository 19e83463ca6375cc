"""What a grounder is, and how its finds are dealt into slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from editenv.types import EditTask, Region

Slots = tuple[Region | None, ...]
"""Slot 0 is the whole image; the others hold a region or, where empty, None."""


@runtime_checkable
class Grounder(Protocol):
    """Finds the things in a picture that an edit may be about.

    One that reads the task's ground truth says so with an attribute ``privileged = True``; episodes
    with it have ``info["privileged"]``.
    """

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Return ``slots`` entries: `Region.whole` in slot 0, finds and None in the others.

        The finds stand in random slots, so that a slot's number says nothing. Where there are
        more finds than slots, the largest are kept. All randomness comes from ``rng``.

        Raises:
            ValueError: ``slots`` is below 1.
            FailureError: a model or a server that it needs has failed.
        """
        ...


def into_slots(
    regions: Sequence[Region], height: int, width: int, rng: np.random.Generator, slots: int
) -> Slots:
    """Deal regions into random slots behind slot 0.

    Args:
        regions: any number of regions; only the ``slots - 1`` largest by mask area are kept.
        height: height of the picture.
        width: width of the picture.
        rng: chooses the slots.
        slots: length of the result, at least 1.

    Raises:
        ValueError: ``slots`` is below 1.
    """
    if slots < 1:
        raise ValueError(f"slots={slots!r}: at least 1 is needed, for the whole image")
    kept = list(regions)
    if len(kept) > slots - 1:
        kept.sort(key=_area, reverse=True)
        kept = kept[: slots - 1]
    dealt: list[Region | None] = [None] * (slots - 1)
    for region, place in zip(kept, rng.permutation(slots - 1).tolist(), strict=False):
        dealt[place] = region
    return (Region.whole(height, width), *dealt)


def _area(region: Region) -> int:
    return int(np.count_nonzero(region.mask > 127))
