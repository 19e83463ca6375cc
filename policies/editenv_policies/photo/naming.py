"""The names of things in a clause: what to edit, and what to leave alone."""

from __future__ import annotations

import re

from editenv.agents.english import DETERMINERS, SPARED
from editenv.types import BACKGROUND
from editenv_policies.photo.wording import ENDS, NOUNS, PHOTO_WORDS, PLACE_WORDS

THE_REST = ("everything else", "the rest", "all else")
"""What is left when the things are taken away that are to be spared."""

_NAMED = rf"(?:{'|'.join(DETERMINERS)})"
_KEPT = (
    rf"\b(?:leave|keep) {_NAMED} (?P<name>.+?)"
    r"(?: as (?:it|they) (?:is|are|was|were)\b.*| alone| untouched| unchanged| the same)?$",
    r"\b(?:don't|do not|never) (?:touch|change|alter|edit|modify|affect) "
    rf"{_NAMED} (?P<name>.+)$",
)
_WHERE = r"\b(?:on|at|in) the (?:top |bottom |far )?(?:left|right|top|bottom|middle|centre)\b"
BESIDE = r"\b(?:next to|beside|near|by|on|onto|in|left of|right of) "
"""Where the place begins that something is added to."""


def says(clause: str, phrase: str) -> bool:
    """Like ``has_word``, but also for phrases that begin or end with a symbol."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", clause) is not None


def take_spared(clause: str) -> tuple[str, tuple[str, ...]]:
    """Split off what ``mark_spared`` has marked in a clause.

    >>> take_spared("sharpen everything ~the cup")
    ('sharpen everything', ('cup',))
    """
    rest, *marked = clause.split(SPARED)
    names = [" ".join(name_at(words.split()[1:], 0, "")) for words in marked]
    return rest.strip(" ,"), tuple(name for name in names if name)


def kept(clause: str) -> str:
    """Return the thing that a clause asks to leave alone; ``""`` for a quality, or for none."""
    for pattern in _KEPT:
        match = re.search(pattern, clause)
        if match:
            name = name_at(match["name"].split(), 0, "")
            whole = any(word in PHOTO_WORDS or word in NOUNS for word in name)
            return "" if whole else " ".join(name)
    return ""


def subject_of(clause: str, action: str, phrase: str) -> str:
    """Return the subject of a clause, in its own words; ``""`` for the whole photo.

    Args:
        clause: lower case.
        action: what to do.
        phrase: the words of the clause that name the action.
    """
    if action == "background" or any(says(clause, rest) for rest in THE_REST):
        return BACKGROUND
    if action == "add":
        return _anchor(clause)
    words = re.findall(r"[\w'&-]+", clause)
    colour = phrase if action == "recolour" else ""
    starts = [i + 1 for i, word in enumerate(words) if word in DETERMINERS]
    if not starts and action in ("remove", "replace", "move", "scale"):
        starts = [i for i in (_after(words, phrase),) if i is not None]
    for start in starts:
        name = name_at(words, start, colour)
        if action != "recolour":
            name = [word for word in name if word not in phrase.split()]
        places = PLACE_WORDS if action in ("crop", "move", "rotate", "straighten") else ()
        if not all(_is_whole(word) or word in places for word in name):
            where = None if places else re.search(_WHERE, clause)
            return " ".join([*name, where[0]] if where else name)
    return ""


def thing_alone(clause: str) -> str:
    """Return the name in a clause that is nothing but a name; ``""`` for any other clause."""
    named = re.fullmatch(rf"{_NAMED} (.+)", clause)
    return "" if named is None else " ".join(name_at(named[1].split(), 0, ""))


def name_at(words: list[str], start: int, colour: str) -> list[str]:
    """Return the words of a name, up to a word that ends names or to the new colour."""
    name: list[str] = []
    stop = len(words)
    if colour:
        ends = [i for i, word in enumerate(words) if word == colour.split()[0]]
        stop = ends[-1] if ends else stop
    for word in words[start:stop][:4]:
        if word in ENDS and (name or word not in PLACE_WORDS):
            break
        name.append(word)
    return name


def _is_whole(word: str) -> bool:
    return word in PHOTO_WORDS or word in NOUNS


def _after(words: list[str], phrase: str) -> int | None:
    """Where the words behind a phrase begin; None when the clause ends with it."""
    first = phrase.split()
    for i in range(len(words) - len(first)):
        if words[i : i + len(first)] == first:
            return i + len(first)
    return None


def _anchor(clause: str) -> str:
    """Beside what something is added: "add a cat next to the chair"."""
    match = re.search(BESIDE + r"(?:the |my |his |her )?(.+)", clause)
    name = [] if match is None else name_at(match[1].split(), 0, "")
    return "" if all(_is_whole(word) for word in name) else " ".join(name)
