"""What people say of a photo whose sliders stand wrong, in the words of the tools' files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from editenv.tasks.language import complaints
from editenv.tools import OPERATIONS
from editenv.tools.faults import SOMEWHAT, TOO_MUCH, TOO_MUCH_A_BIT, VERY, Fault, Faults
from editenv.tools.phrases import Forms

STRONG = 0.65
"""Share of a slider's usual reach from which a fault is a great one."""

DEGREE_SHARE, QUALITY_SHARE = 0.2, 0.35
"""How often it is said how great a fault is, and how often at least which; else only where to look
for it, and the direction must be seen. As often as in the other complaints about photos."""


class Sides(NamedTuple):
    """The goals of an operation that stand for moves of a slider, and its faults.

    Attributes:
        faults: of the operation.
        goals: for a move far down, down, up and far up.
    """

    faults: Faults
    goals: tuple[str, str, str, str]

    def goal(self, move: float) -> str:
        """Return the goal of a move, as a share of the slider's reach."""
        index = (0 if move <= -STRONG else 1) if move < 0 else (3 if move >= STRONG else 2)
        return self.goals[index]


def _own(down: tuple[str, ...], up: tuple[str, ...], nouns: tuple[str, ...]) -> Sides:
    """Faults of a slider that no tool has: what moves down and what moves up would mend."""
    great, small = (*TOO_MUCH, *VERY), (*TOO_MUCH_A_BIT, *SOMEWHAT)
    seen_down, seen_up = (tuple(f"too {word}" for word in side) for side in (down, up))
    faults = {
        "far down": Fault(great, down, seen_down),
        "down": Fault(small, down, seen_down),
        "up": Fault(small, up, seen_up),
        "far up": Fault(great, up, seen_up),
    }
    return Sides(Faults(faults, nouns), ("far down", "down", "up", "far up"))


def _of(operation: str, *goals: str) -> Sides:
    faults = OPERATIONS[operation].faults
    assert faults is not None and len(goals) == 4
    return Sides(faults, (goals[0], goals[1], goals[2], goals[3]))


SIDES: dict[str, Sides] = {
    "exposure": _of("exposure", "-1 EV", "-0.5 EV", "+0.5 EV", "+1 EV"),
    "contrast": _of("contrast", "much flatter", "flatter", "punchier", "much punchier"),
    "temperature": _of("white_balance", "much cooler", "cooler", "warmer", "much warmer"),
    "tint": _own(("pink", "magenta"), ("green", "greenish"), ("tint", "overall tint")),
    "saturation": _of("saturation", "muted", "muted", "vivid", "vivid"),
}
"""By slider that people complain about: the faults that it mends."""


def adjustment(rng: np.random.Generator, split: str, moves: Mapping[str, float]) -> str:
    """Complain about a photo so that the named sliders would mend it.

    Args:
        rng: chooses the wording.
        split: whose wording to use.
        moves: by slider, how it must be moved, as a share of its usual reach from -1 to 1; at
            least one.

    Returns:
        One to three sentences. They name every slider's matter, and none that is not there.
    """
    said = [_said(rng, split, SIDES[name], move) for name, move in moves.items()]
    nouns = [words for words, is_noun in said if is_noun]
    qualities = [words for words, is_noun in said if not is_noun]
    sentences: list[str] = []
    if qualities:
        sentences.append(_choose(rng, split, complaints.COMPLAINTS, _listed(qualities)))
        if not nouns and rng.random() < 0.5:
            sentences.append(_choose(rng, split, complaints.REQUESTS))
    if nouns:
        sentences.append(_choose(rng, split, complaints.MATTER_FORMS, _listed(nouns, " the")))
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def _said(rng: np.random.Generator, split: str, sides: Sides, move: float) -> tuple[str, bool]:
    """Return how a fault is called, and whether by a noun."""
    goal, chance = sides.goal(move), rng.random()
    if chance < DEGREE_SHARE:
        return _choose(rng, split, sides.faults.forms[goal]), False
    if chance < DEGREE_SHARE + QUALITY_SHARE:
        seen = sides.faults.by_goal[goal].seen
        return seen[int(rng.integers(len(seen)))], False
    nouns = sides.faults.nouns
    return nouns[int(rng.integers(len(nouns)))], True


def _choose(rng: np.random.Generator, split: str, forms: Forms, filled: str = "") -> str:
    ways = getattr(forms, split)
    return ways[int(rng.integers(len(ways)))].replace("{f}", filled)


def _listed(words: Sequence[str], article: str = "") -> str:
    if len(words) == 1:
        return words[0]
    return f"{f',{article} '.join(words[:-1])} and{article} {words[-1]}"
