"""What is known of an operation, such as "pixelate", beside the pixels of the tools that do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from editenv.tools.faults import Faults
from editenv.tools.phrases import Phrases

A_LOT = ("full of", "very", "so much", "terribly", "badly", "extremely", "hardly", "far too")
A_LITTLE = ("a little", "a bit", "slightly", "somewhat", "a touch")
"""Keywords by which the pipeline tells the strongest and the weakest option."""


@dataclass(frozen=True, eq=False)
class Keywords:
    """What the keyword pipeline knows an operation by. It learns nothing: this is all there is.

    Attributes:
        rank: operations with a smaller one are tried first: their words are more telling.
        words: that give it away.
        goals: words by option, the most telling first; where there are none, the option's own name
            is looked for.
    """

    rank: int
    words: tuple[str, ...]
    goals: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True)
class Demand:
    """How generated tasks ask for an operation.

    Attributes:
        of_photo: share in which it is asked of the whole photo.
        of_background: share in which it is asked of the background; else of an object.
        must_show: whether it is only asked for where it shows on the thing: what is grey cannot be
            less colourful.
        least_height: of its subject, as a share of the picture's.
        largest_group: of so many things of a kind it is asked at once, at most.
        follows: whether it is asked of a thing that an earlier edit put in place.
    """

    of_photo: float = 0.0
    of_background: float = 0.0
    must_show: bool = False
    least_height: float = 0.0
    largest_group: int = 1
    follows: bool = False


@dataclass(frozen=True, eq=False)
class Operation:
    """One verb of the users: what tools with ``action=name`` do.

    Attributes:
        name: such as ``"pixelate"``.
        tolerance: the largest mean error inside the mask that counts as done, absolute and as a
            share of the edit's size. ``docs/success.md`` shows pairs just inside and just outside.
        inexact: whether no tool can match the result to the pixel, since it fills or resamples.
        in_place: whether the tool of the same name changes pixels where they are.
        spatial: whether it mixes neighbouring pixels.
        phrases: how people ask for it; None where nobody does in so many words.
        faults: what it mends; None where it mends nothing.
        keywords: what the pipeline knows it by; None where it does not.
        demand: how generated tasks ask for it of a scene's objects; None where they don't.
    """

    name: str
    tolerance: tuple[float, float] = (0.05, 0.25)
    inexact: bool = False
    in_place: bool = False
    spatial: bool = False
    phrases: Phrases | None = None
    faults: Faults | None = None
    keywords: Keywords | None = None
    demand: Demand | None = None
