"""Finds the region that a user means."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.agents.parser import find_region, has_word, keywords_of
from editenv.types import BACKGROUND, Region

ANYTHING = ("thing", "object", "one", "spot", "blob", "part", "stuff", "area", "patch")
"""A name that fits whatever has the colour that is said."""

PLACES = ("left", "right", "top", "bottom", "middle", "large", "small")
"""Words by which the classical grounder tells its regions apart."""


def find_slot(subject: str, regions: Sequence[Region | None]) -> int | None:
    """Return the slot of the region that is meant; None if there is none, or more than one.

    A region matches if its name equals the subject, or one contains the other ("coffee cup",
    "cup"). The classical grounder only knows colours and places ("red
    thing on the right"): its regions are found by "red thing", if there is only one.

    Args:
        subject: the thing's name in the user's words, with its place if given ("cup on
            the left"); "left", "small" and the like choose among equal names.
        regions: by slot.
    """
    slots = candidates(subject, regions)
    labels = {region.label for slot in slots if (region := regions[slot]) is not None}
    if len(labels) != 1:
        return None
    alike = [
        _called(region, subject) if region is not None and slot in slots else None
        for slot, region in enumerate(regions)
    ]
    return find_region(subject, alike)


def candidates(subject: str, regions: Sequence[Region | None]) -> list[int]:
    """Return the slots of all regions that may be meant, by the best kind of match."""
    labelled = [(slot, r.label) for slot, r in enumerate(regions) if slot > 0 and r is not None]
    same = [slot for slot, label in labelled if label == subject]
    if same or subject == BACKGROUND:
        return same
    things = [(slot, label) for slot, label in labelled if label != BACKGROUND]
    said = [(slot, label) for slot, label in things if _names(subject, label)]
    longest = max((len(label) for _, label in said), default=0)
    return (
        [slot for slot, label in said if len(label) == longest]
        or [slot for slot, label in things if _names(label, subject)]
        or _by_colour(subject, things)
    )


def _names(long: str, short: str) -> bool:
    """Whether a name, or its plural, stands in a longer one."""
    return has_word(long, short) or has_word(long, f"{short}s")


def _called(region: Region, name: str) -> Region:
    return Region(name, region.mask, region.box, region.score)


def _by_colour(subject: str, things: list[tuple[int, str]]) -> list[int]:
    """The things of a colour, at the place that is said."""
    if not any(has_word(subject, name) for name in ANYTHING):
        return []
    colours = [
        colour
        for colour, names in keywords_of("recolour").goals.items()
        if any(has_word(subject, name) for name in names)
    ]
    said = colours + [place for place in PLACES if has_word(subject, place)]
    return [slot for slot, label in things if said and all(has_word(label, w) for w in said)]
