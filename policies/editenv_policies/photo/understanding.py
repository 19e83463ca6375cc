"""From what a person says to what the tools at hand could do, and what they could not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from editenv.agents.parser import NEGATIONS, has_word, keywords_of, split_clauses
from editenv.agents.roles import Intent
from editenv.tools import Tool
from editenv.types import BACKGROUND
from editenv_policies.photo.wording import (
    DETERMINERS,
    ENDS,
    FILLER,
    FIRST,
    LESS,
    MORE,
    MOVES,
    NOUNS,
    PHOTO_WORDS,
    PHRASES,
    PLACE_WORDS,
    STRONGER,
    UNDECIDED,
    VERY,
)

OF_OBJECTS = ("remove", "replace", "recolour", "move", "scale", "blur", "pixelate")
"""Actions that a clause without a verb may take over from the clause before it."""

THE_REST = ("everything else", "the rest", "all else")
"""What is no thing that was found."""


@dataclass(frozen=True)
class Beyond:
    """A clause that the tools at hand cannot do, and why.

    Attributes:
        clause: the person's words.
        reason: in words, for the person.
    """

    clause: str
    reason: str


def understand(instruction: str, tools: Mapping[str, Tool]) -> list[Intent | Beyond]:
    """Take an instruction apart, clause by clause.

    The subject of an intent is what it is to be done to, in the person's words; ``""`` for the
    whole photo. What is to be left alone ("keep the sky as it is") asks for nothing and is left
    out.

    Args:
        instruction: the person's words.
        tools: the tools at hand, by name.
    """
    found: list[Intent | Beyond] = []
    for clause in split_clauses(instruction.lower().replace(" but ", ", ")):
        wish = _wish_of(clause, tools, found) or _as_before(clause, found)
        if wish is None:
            if not _asks_for_nothing(clause):
                found.append(Beyond(clause, _not_understood(tools)))
        elif not _said_already(wish, found):
            found.append(wish)
    return found


def _asks_for_nothing(clause: str) -> bool:
    """Whether a clause is about what is to be left alone, or only polite."""
    if any(has_word(clause, word) for word in NEGATIONS):
        return True
    return all(word in FILLER for word in re.findall(r"[\w']+", clause))


def _not_understood(tools: Mapping[str, Tool]) -> str:
    actions = ", ".join(dict.fromkeys(tool.action for tool in tools.values()))
    return f"no tool at hand does this, as far as the words tell; they do: {actions}"


def _wish_of(
    clause: str, tools: Mapping[str, Tool], before: list[Intent | Beyond]
) -> Intent | Beyond | None:
    """What a clause asks for by its own words, or about the same thing as the one before it."""
    asked = _action_and_goal(clause)
    if asked is None or isinstance(asked, Beyond):
        return asked
    action, goal, phrase = asked
    if action != "crop" and any(has_word(clause, word) for word in NEGATIONS):
        return None
    options = _options(action, tools)
    if not options:
        return Beyond(clause, f"no tool at hand does {action!r}")
    if action in ("replace", "add", "background"):
        goal = _named_option(clause, action, options)
        if goal is None:
            return Beyond(clause, f"{action!r} knows only: {', '.join(options)}")
    goal = goal or options[0]
    stronger = STRONGER.get((action, goal))
    if stronger in options and any(has_word(clause, word) for word in VERY):
        goal = stronger or goal
    if goal not in options:
        return Beyond(clause, f"{action!r} can only do: {', '.join(options)}")
    subject = _subject(clause, action, phrase)
    if not subject and _pronoun_counts(clause, action, tools):
        subject = _last_subject(before)
    return _checked(Intent(action, subject, goal, clause))


def _pronoun_counts(clause: str, action: str, tools: Mapping[str, Tool]) -> bool:
    """Whether "it" may be a thing: no tool for whole photos can be told to do it to a thing."""
    targets = {tool.target for tool in tools.values() if tool.action == action}
    return targets != {"image"} and any(has_word(clause, word) for word in ("it", "them"))


def _last_subject(before: list[Intent | Beyond]) -> str:
    last = before[-1] if before else None
    if not isinstance(last, Intent) or last.action in ("remove", "background", "add"):
        return ""
    return last.subject


def _checked(wish: Intent) -> Intent | Beyond:
    if wish.action == "recolour" and not wish.subject:
        return Beyond(wish.clause, f"say what is to be {wish.goal}: it is done to a thing")
    if wish.action == "remove" and wish.subject == BACKGROUND:
        return Beyond(wish.clause, "nothing would be left to fill the background with")
    if wish.action == "scale" and not wish.subject:
        return Beyond(wish.clause, "no tool at hand changes the size of the picture itself")
    return wish


def _options(action: str, tools: Mapping[str, Tool]) -> tuple[str, ...]:
    named = (option for t in tools.values() if t.action == action for option in t.options)
    return tuple(dict.fromkeys(named))


def _action_and_goal(clause: str) -> tuple[str, str, str] | Beyond | None:
    """Action, option (or ``""``) and the words that say so."""
    moving = any(has_word(clause, word) for word in MOVES)
    for first in (True, False):
        for action, goal, phrases in PHRASES:
            if (action in FIRST) != first or (action == "move" and not moving):
                continue
            phrase = next((p for p in phrases if _says(clause, p)), None)
            if phrase is not None:
                return action, goal, phrase
        measured = _measured(clause) if first else None
        if measured is not None:
            return measured
    return _recolour(clause)


def _says(clause: str, phrase: str) -> bool:
    """As ``has_word``, also for phrases that begin or end with a sign."""
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", clause) is not None


def _measured(clause: str) -> tuple[str, str, str] | Beyond | None:
    """More or less of something: "reduce the contrast", "boost the colours", "contrast"."""
    for noun, (action, more, less) in NOUNS.items():
        if not has_word(clause, noun):
            continue
        if any(has_word(clause, word) for word in LESS):
            return action, less, noun
        if any(has_word(clause, word) for word in MORE):
            return action, more, noun
        if any(has_word(clause, word) for word in UNDECIDED):
            return Beyond(clause, f"say which way: {more} or {less}")
        if noun in ("colours", "colors"):
            return None
        return action, more, noun
    return None


def _recolour(clause: str) -> tuple[str, str, str] | None:
    """A colour at the end of a clause: "make her suit blue"."""
    last: tuple[int, str, str] | None = None
    for colour, names in keywords_of("recolour").goals.items():
        for name in names:
            found = list(re.finditer(rf"\b{re.escape(name)}\b", clause))
            if found and (last is None or found[-1].start() > last[0]):
                last = (found[-1].start(), colour, name)
    if last is None or clause.startswith(("it's ", "it is ", "it looks ")):
        return None
    return "recolour", last[1], last[2]


def _named_option(clause: str, action: str, options: tuple[str, ...]) -> str | None:
    """The option that is named: a new thing behind the old one, an added one before its place."""
    if action == "replace":
        parts = re.split(r"\b(?:with|for|by|into|to)\b", clause, maxsplit=1)
        clause = parts[1] if len(parts) > 1 else ""
    elif action == "add":
        clause = re.split(_BESIDE, clause, maxsplit=1)[0]
    named = [option for option in options if has_word(clause, option)]
    return max(named, key=clause.rfind, default=None)


_WHERE = r"\b(?:on|at|in) the (?:top |bottom |far )?(?:left|right|top|bottom|middle|centre)\b"
_BESIDE = r"\b(?:next to|beside|near|by|on|onto|in|left of|right of) "


def _subject(clause: str, action: str, phrase: str) -> str:
    """What the clause is about, in its own words; ``""`` for the whole photo."""
    if action == "background" or any(_says(clause, rest) for rest in THE_REST):
        return BACKGROUND
    if action == "add":
        return _anchor(clause)
    words = re.findall(r"[\w'&-]+", clause)
    colour = phrase if action == "recolour" else ""
    starts = [i + 1 for i, word in enumerate(words) if word in DETERMINERS]
    if not starts and action in ("remove", "replace", "move", "scale"):
        starts = [i for i in (_after(words, phrase),) if i is not None]
    for start in starts:
        name = _name_at(words, start, colour)
        if action != "recolour":
            name = [word for word in name if word not in phrase.split()]
        places = PLACE_WORDS if action in ("crop", "move") else ()
        if not all(word in PHOTO_WORDS or word in places for word in name):
            where = None if places else re.search(_WHERE, clause)
            return " ".join([*name, where[0]] if where else name)
    return ""


def _name_at(words: list[str], start: int, colour: str) -> list[str]:
    """The words of a name, up to one at which names end, or up to the new colour."""
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


def _after(words: list[str], phrase: str) -> int | None:
    """Where the words behind a phrase begin; None when the clause ends with it."""
    first = phrase.split()
    for i in range(len(words) - len(first)):
        if words[i : i + len(first)] == first:
            return i + len(first)
    return None


def _anchor(clause: str) -> str:
    """Beside what something is added: "add a cat next to the chair"."""
    match = re.search(_BESIDE + r"(?:the |my |his |her )?(.+)", clause)
    name = [] if match is None else _name_at(match[1].split(), 0, "")
    return "" if all(word in PHOTO_WORDS for word in name) else " ".join(name)


def _as_before(clause: str, found: list[Intent | Beyond]) -> Intent | None:
    """A thing without a verb: in "remove the cup and the spoon" the spoon is to go too."""
    last = found[-1] if found else None
    named = re.fullmatch(rf"(?:{'|'.join(DETERMINERS)}) (.+)", clause)
    if not isinstance(last, Intent) or last.action not in OF_OBJECTS or named is None:
        return None
    name = _name_at(named[1].split(), 0, "")
    return replace(last, subject=" ".join(name), clause=clause) if name else None


def _said_already(wish: Intent | Beyond, found: list[Intent | Beyond]) -> bool:
    """A complaint and the request that follows it ask for one thing."""
    if isinstance(wish, Beyond):
        return False
    same = {"deblur": "sharpen", "sharpen": "deblur"}
    return any(
        isinstance(old, Intent)
        and old.subject == wish.subject
        and (
            (old.action, old.goal) == (wish.action, wish.goal)
            or (old.action == "deblur" and same.get(wish.action) == "deblur")
        )
        for old in found
    )
