"""From the words for a subject to a region, and back.

A subject is a region's name. Where several regions have one name, it takes one or more of the words
``left``, ``right``, ``top``, ``bottom``, ``small``, ``large`` or a colour before it: ``"left
kite"``. These are the attributes by which ``editenv.tasks.reference`` tells twins apart. Relations
("the thing left of the dog") are no names: to work them out is the policy's job. A thing can also
be pointed at (``editenv.answers.points``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from editenv.answers.points import HOW, point_of, slot_at
from editenv.answers.words import Impossible, NameFinder, exact, normal
from editenv.imaging.colour import COLOURS, dominant_colour
from editenv.types import BACKGROUND, WHOLE_IMAGE, Image, Region

WHOLE_NAMES = (WHOLE_IMAGE, "image", "picture", "photo", "whole picture", "whole photo")
"""What region slot 0 may be called."""

ARTICLES = ("the", "a", "an")

RELATING = frozenset(
    "of to above over below under beneath beside by near next behind between in on at with".split()
)
"""Words that make a description of a name. Its embedding would be near that of the wrong thing,
the dog in "the thing left of the dog", so that descriptions stand for nothing."""


def _across(region: Region) -> float:
    return region.box[0] + region.box[2]


def _down(region: Region) -> float:
    return region.box[1] + region.box[3]


def _area(region: Region) -> float:
    left, top, right, bottom = region.box
    return (right - left) * (bottom - top)


_LEAST: dict[str, Callable[[Region], float]] = {
    "left": _across,
    "right": lambda region: -_across(region),
    "small": _area,
    "large": lambda region: -_area(region),
    "top": _down,
    "bottom": lambda region: -_down(region),
}
"""By word: what the region that is meant has least of."""

_SAME = {
    "leftmost": "left",
    "rightmost": "right",
    "upper": "top",
    "highest": "top",
    "lower": "bottom",
    "lowest": "bottom",
    "little": "small",
    "smaller": "small",
    "smallest": "small",
    "big": "large",
    "bigger": "large",
    "biggest": "large",
    "larger": "large",
    "largest": "large",
    "gray": "grey",
}


def find_subject(
    words: str, regions: Sequence[Region | None], canvas: Image, names: NameFinder
) -> int:
    """Return the slot of the region that is meant.

    Args:
        words: such as ``"kite"``, ``"the small kite"`` or, by a point, ``"34 70"``.
        regions: by slot; slot 0 is the whole image, None an empty slot.
        canvas: (H, W, 3) uint8, for colours.
        names: finds labels by their synonyms.

    Raises:
        Impossible: no region is called so, or several are, or nothing is at the point.
    """
    pointed = slot_at(words, regions)
    if pointed is not None:
        return pointed
    parts = normal(words).split()
    if parts and parts[0] in ARTICLES:
        parts = parts[1:]
    labels = list(dict.fromkeys(r.label for r in regions[1:] if r is not None))
    spelt = " ".join(parts)
    if exact(spelt, WHOLE_NAMES) and not exact(spelt, labels):
        return 0
    label, attributes = _split(parts, labels, names)
    if label is None or (names.pointing and label != BACKGROUND):
        raise Impossible(HOW if names.pointing else f"there is no {words!r} in the picture")
    slots = [slot for slot, r in enumerate(regions) if slot and r is not None and r.label == label]
    for attribute in attributes:
        slots = _narrow(slots, attribute, regions, canvas)
    if len(slots) > 1:
        raise Impossible(f"there are {len(slots)} that {words!r} could be: say which")
    if not slots:
        raise Impossible(f"no {label} in the picture is {' and '.join(attributes)}")
    return slots[0]


def _split(parts: list[str], labels: list[str], names: NameFinder) -> tuple[str | None, list[str]]:
    """The label that is meant and the attributes before it.

    A label may begin with what else would be an attribute, as an orange does, so that the longest
    rest that is spelt like a label is taken.
    """
    attributes: list[str] = []
    for count, part in enumerate(parts):
        rest = " ".join(parts[count:])
        label = exact(rest, labels)
        if label is not None:
            return label, attributes
        attribute = _SAME.get(part, part)
        if attribute not in _LEAST and attribute not in COLOURS:
            described = not RELATING.isdisjoint(parts)
            return None if described else names.find(rest, labels), attributes
        attributes.append(attribute)
    return None, []


def _narrow(
    slots: list[int], attribute: str, regions: Sequence[Region | None], canvas: Image
) -> list[int]:
    """Those that have an attribute; a single one needs none, so that it is not looked at."""
    if len(slots) < 2:
        return slots
    if attribute in COLOURS:
        return [s for s in slots if dominant_colour(canvas, _region(regions, s).mask) == attribute]
    scores = [_LEAST[attribute](_region(regions, slot)) for slot in slots]
    return [slot for slot, score in zip(slots, scores, strict=True) if score == min(scores)]


def _region(regions: Sequence[Region | None], slot: int) -> Region:
    region = regions[slot]
    assert region is not None
    return region


def describe_subject(
    slot: int, regions: Sequence[Region | None], canvas: Image, names: NameFinder
) -> str:
    """Return the shortest words that mean a region: its label, or one attribute and its label.

    The label alone where no single attribute tells the region from its twins; a point where
    things have to be pointed at.
    """
    label = _region(regions, slot).label
    if names.pointing and slot and label != BACKGROUND:
        return point_of(_region(regions, slot))
    for words in (label, *(f"{attribute} {label}" for attribute in (*_LEAST, *COLOURS))):
        try:
            if find_subject(words, regions, canvas, names) == slot:
                return words
        except Impossible:
            continue
    return label
