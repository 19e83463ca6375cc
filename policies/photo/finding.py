"""Which of the regions at hand a person means."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.agents.keywords import GOAL_WORDS
from editenv.agents.parser import Wish, find_region, has_word
from editenv.types import BACKGROUND, Region

ANYTHING = ("thing", "object", "one", "spot", "blob", "part", "stuff", "area", "patch")
"""A name that fits whatever has the colour that is said."""

PLACES = ("left", "right", "top", "bottom", "middle", "large", "small")
"""Words by which the classical grounder tells its regions apart."""


def find_slot(subject: str, regions: Sequence[Region | None]) -> int | None:
    """Return the slot of the region that is meant; None where none is, or more than one could be.

    A region is meant that is called as the subject, or whose name holds the subject's or the other
    way round ("coffee cup", "cup"). The classical grounder only knows colours and places ("red
    thing on the right"): its regions are found by "red thing", where there is one.

    Args:
        subject: the thing's name in the person's words, with its place where one is said ("cup on
            the left"); "left", "small" and the like choose among equal names.
        regions: by slot.
    """
    labelled = [(slot, r.label) for slot, r in enumerate(regions) if slot > 0 and r is not None]
    called = [slot for slot, label in labelled if _same_name(subject, label)]
    if called:
        alike = [
            _called(region, subject) if region is not None and slot in called else None
            for slot, region in enumerate(regions)
        ]
        return find_region(Wish("", subject), alike)
    return _by_colour(subject, labelled)


def _called(region: Region, name: str) -> Region:
    return Region(name, region.mask, region.box, region.score)


def _same_name(subject: str, label: str) -> bool:
    if label == BACKGROUND or subject == BACKGROUND:
        return subject == label
    pairs = ((subject, label), (label, subject))
    return any(has_word(long, short) or has_word(long, f"{short}s") for long, short in pairs)


def _by_colour(subject: str, labelled: list[tuple[int, str]]) -> int | None:
    """The one thing of a colour, at the place that is said."""
    if not any(has_word(subject, name) for name in ANYTHING):
        return None
    colours = [
        colour
        for colour, names in GOAL_WORDS["recolour"].items()
        if any(has_word(subject, name) for name in names)
    ]
    said = colours + [place for place in PLACES if has_word(subject, place)]
    fitting = [
        slot
        for slot, label in labelled
        if label != BACKGROUND and all(has_word(label, word) for word in said)
    ]
    return fitting[0] if len(fitting) == 1 and said else None
