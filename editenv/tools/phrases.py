"""How people ask for an operation: templates and the words for its goals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Forms(NamedTuple):
    """Templates by split. Each belongs to one: `test` holds sentences that `train` never shows."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def forms(train: str, validation: str, test: str) -> Forms:
    """Read templates, one a line."""
    return Forms(
        *(
            tuple(line.strip() for line in text.strip().splitlines())
            for text in (train, validation, test)
        )
    )


MAKE = forms(
    """make {s} {g}
    have {s} look {g}
    get {s} to look {g}
    make {s} come out {g}""",
    "render {s} {g}",
    """make {s} look {g}
    make {s} appear {g}
    have {s} come out {g}""",
)
"""For goals that read as an adjective: "a little darker"."""

SLIGHTLY = ("a little", "a bit", "slightly", "somewhat")
STRONGLY = ("much", "a lot", "far", "considerably")


def levels(adjective: str, adverbs: tuple[str, ...]) -> tuple[str, ...]:
    """Put each adverb before an adjective.

    >>> levels("darker", ("a bit", "much"))
    ('a bit darker', 'much darker')
    """
    return tuple(f"{adverb} {adjective}" for adverb in adverbs)


@dataclass(frozen=True, eq=False)
class Phrases:
    """How an operation is asked for. ``{s}`` is the subject, ``{g}`` the words for the goal.

    Attributes:
        forms: templates.
        goals: words by goal, the same in all splits: they say which option is meant. None where the
            goal is the name of an object.
        alone: templates without a subject; None where there is always one.
        goal_forms: by goal: further templates.
        hints: templates whose ``{g}`` are ``hint_goals``; None where there are none.
        hint_goals: words by goal that say it by comparison: "the colour of a ripe tomato".
        purposes: by goal: templates that don't name it; only where no other edit could be meant.
        like: templates that ask for a thing like another one, ``{g}``; None where nobody does.
        like_goals: by goal: further ones, which say in which direction.
    """

    forms: Forms
    goals: Mapping[str, tuple[str, ...]] | None
    alone: Forms | None = None
    goal_forms: Mapping[str, Forms] = field(default_factory=dict[str, Forms])
    hints: Forms | None = None
    hint_goals: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    purposes: Mapping[str, Forms] = field(default_factory=dict[str, Forms])
    like: Forms | None = None
    like_goals: Mapping[str, Forms] = field(default_factory=dict[str, Forms])
