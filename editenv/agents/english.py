"""What those who read English share: clauses, negation, what is spared, colours and amounts.

The keyword pipeline (``editenv.agents.parser``) and the reader of requests for photos
(``editenv_policies.photo.understanding``) build on it. The words for an operation are in that
operation's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from editenv.tools import OPERATIONS
from editenv.tools.operation import A_LITTLE
from editenv.tools.phrases import SLIGHTLY, STRONGLY

SEPARATORS = (
    ". ",
    "! ",
    "? ",
    "; ",
    ", and then ",
    " and then ",
    ", then ",
    " then ",
    ", after that ",
    " after that ",
    ", and finally ",
    " and finally ",
    ", and also ",
    " and also ",
    ", and ",
    ", ",
    " and ",
)
"""Where one clause may end and the next begin, tried in this order."""

NEGATIONS = ("leave", "don't", "do not", "keep", "untouched", "as it is", "stay", "alone")
"""A clause with one of these asks for nothing."""

SLIGHT = tuple(dict.fromkeys((*A_LITTLE, *SLIGHTLY, "little", "bit", "tad", "gently", "subtly")))

VERY = tuple(
    dict.fromkeys(
        (
            *STRONGLY,
            *("very", "way", "really", "strongly", "heavily", "completely", "extremely", "super"),
            *("terribly", "strong", "lots of", "totally", "seriously"),
        )
    )
)
"""Adverbs that make less of a wish, and more."""

DETERMINERS = (
    *("the", "my", "his", "her", "its", "their", "our", "your", "this", "that", "these", "those"),
    *("both", "all", "every", "each"),
)

Unit = Literal["times", "%", "stops", "degrees", "pixels", ""]


@dataclass(frozen=True)
class Amount:
    """By how much.

    Attributes:
        size: above 0.
        unit: ``"times"`` is a multiple of the usual, ``""`` a number without a unit.
        sign: -1 where a minus stands before it, 1 where a plus does, else 0.
    """

    size: float
    unit: Unit
    sign: int = 0


_UNITS: dict[Unit, str] = {
    "%": r"%|per ?cent\b",
    "stops": r"stops?\b|ev\b",
    "degrees": r"degrees?\b|deg\b|°",
    "pixels": r"pixels?\b|px\b",
}
_NUMBERS = {
    **{"half a": 0.5, "half an": 0.5, "a quarter": 0.25, "one": 1.0, "a": 1.0, "an": 1.0},
    **{"two": 2.0, "three": 3.0, "five": 5.0, "ten": 10.0, "twenty": 20.0, "fifty": 50.0},
}
_NUMBER = rf"(?P<number>\d+(?:[.,]\d+)?|\b(?:{'|'.join(_NUMBERS)}))"
_MEASURED: list[tuple[Unit, re.Pattern[str]]] = [
    (unit, re.compile(rf"(?P<sign>[-+−]?)\s?{_NUMBER}[ -]?(?:{words})"))
    for unit, words in _UNITS.items()
]
_SIGNED = re.compile(rf"(?<![\w.])(?P<sign>[-+−]){_NUMBER}(?!\s*(?::|x\b))")

_SPARED = re.compile(
    r",?\s*(?:\b(?:and|but)\s+)?(?:(?:\bexcept(?:ing)?(?: for)?|\bapart from|\bother than"
    r"|\bexcluding|\bwithout (?:touching|changing))\s+|(?:(?<=but)|(?<=but )|,)\s*\bnot\s+"
    r"|(?<=\beverything) but\s+|(?<=\ball) but\s+)"
    rf"(?=(?:{'|'.join(DETERMINERS)})\b)"
)
SPARED = "~"
"""Stands before what is spared, once ``mark_spared`` has been there."""


def has_word(text: str, word: str) -> bool:
    """Whether a word or phrase stands in the text by itself."""
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


def has_any(text: str, words: Iterable[str]) -> bool:
    """Whether one of several words or phrases stands in the text by itself."""
    return any(has_word(text, word) for word in words)


def split_clauses(text: str) -> list[str]:
    """Split at every separator; "black and white" stays together."""
    text = text.replace("black and white", "black-and-white").rstrip(".!?")
    for separator in SEPARATORS:
        text = text.replace(separator, "|")
    clauses = (clause.replace("black-and-white", "black and white") for clause in text.split("|"))
    return [clause.strip() for clause in clauses if clause.strip()]


def is_negated(clause: str) -> bool:
    """Whether a clause asks for something to be left alone."""
    return has_any(clause, NEGATIONS)


def mark_spared(text: str) -> str:
    """Put ``SPARED`` where what follows is to be left out of an edit.

    >>> mark_spared("sharpen everything except the cup")
    'sharpen everything ~the cup'
    >>> mark_spared("make it brighter, but not the cup")
    'make it brighter ~the cup'
    """
    return _SPARED.sub(f" {SPARED}", text)


def named_colour(text: str) -> tuple[str, str] | None:
    """Return the colour that is named last, as ``recolour`` calls it, and its word in the text.

    Args:
        text: lower case.
    """
    keywords = OPERATIONS["recolour"].keywords
    assert keywords is not None
    found = [
        (match.start(), colour, name)
        for colour, names in keywords.goals.items()
        for name in names
        for match in re.finditer(rf"\b{re.escape(name)}\b", text)
    ]
    if not found:
        return None
    last = max(start for start, _, _ in found)
    return next((colour, name) for start, colour, name in found if start == last)


def amount_of(text: str) -> Amount | None:
    """Return by how much something is to be done; None where nothing says so.

    Args:
        text: lower case.

    >>> amount_of("reduce saturation by 20 %")
    Amount(size=20.0, unit='%', sign=0)
    >>> amount_of("half a stop brighter").size
    0.5
    >>> amount_of("slightly warmer")
    Amount(size=0.5, unit='times', sign=0)
    """
    for unit, pattern in _MEASURED:
        match = pattern.search(text)
        if match:
            return Amount(_number(match["number"]), unit, _sign(match["sign"]))
    match = _SIGNED.search(text)
    if match:
        return Amount(_number(match["number"]), "", _sign(match["sign"]))
    if has_any(text, VERY):
        return Amount(2.0, "times")
    return Amount(0.5, "times") if has_any(text, SLIGHT) else None


def _number(text: str) -> float:
    return _NUMBERS[text] if text in _NUMBERS else float(text.replace(",", "."))


def _sign(text: str) -> int:
    return {"": 0, "+": 1}.get(text, -1)
