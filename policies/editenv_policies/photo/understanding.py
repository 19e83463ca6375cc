"""From a user's words to what the sliders and tools can do, and what they cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from editenv.agents.english import (
    SLIGHT,
    VERY,
    Amount,
    amount_of,
    has_any,
    has_word,
    is_negated,
    mark_spared,
    named_colour,
    split_clauses,
)
from editenv.agents.roles import Intent
from editenv.tools import Tool
from editenv.types import BACKGROUND
from editenv_policies.photo.adjustments import goals_of
from editenv_policies.photo.naming import (
    BESIDE,
    THE_REST,
    kept,
    says,
    subject_of,
    take_spared,
    thing_alone,
)
from editenv_policies.photo.nearest import nearest_option, nearest_request
from editenv_policies.photo.wording import (
    ADJECTIVES,
    FILLER,
    FIRST,
    LESS,
    MORE,
    MOVES,
    NOUNS,
    PHRASES,
    STRONGER,
    UNDECIDED,
)

OF_OBJECTS = ("remove", "replace", "recolour", "move", "scale", "blur", "pixelate")
"""Actions that a clause without a verb may take over from the clause before it."""

_ADJECTIVE = f"(?P<adjective>{'|'.join(ADJECTIVES)})"
_LACKS = re.compile(
    rf"(?:\b(?:is|looks?|was|came out|seems?)|'s) (?:just )?not (?:so|very|that|as|quite) "
    rf"{_ADJECTIVE}\b|\bisn't (?:so|very|that|as|quite) {_ADJECTIVE.replace('adj', 'other_adj')}\b"
)
_COMPLAINS = re.compile(
    rf"(?:\b(?:is|looks?|came out|seems?)|'s) (?:{'|'.join(SLIGHT)}|very|rather|quite) "
    rf"{_ADJECTIVE}\b"
)
_LESS = re.compile(rf"\b(?:less|too|not (?:so|too|as|that|quite so)) {_ADJECTIVE}\b")
_MORE = re.compile(rf"\bmore {_ADJECTIVE}\b")
_RATIO = re.compile(r"\b(\d+(?:\.\d+)?)\s*(?::|x|×|by|to)\s*(\d+(?:\.\d+)?)\b(?!\s*p)")


@dataclass(frozen=True)
class Beyond:
    """A clause that the available sliders and tools cannot carry out, and why.

    Attributes:
        clause: the user's words.
        reason: in words, for the user.
    """

    clause: str
    reason: str


@dataclass(frozen=True)
class _Wish:
    """An operation, its option (``""`` where the words name none yet), and the words for it."""

    action: str
    goal: str
    phrase: str


def understand(
    instruction: str, tools: Mapping[str, Tool], *, sliders: bool = False
) -> list[Intent | Beyond]:
    """Split an instruction into intents, clause by clause.

    The subject of an intent is the thing to edit, in the user's words; ``""`` for the whole photo.
    Things to leave alone are in ``spared``: for the clause that names them ("sharpen everything
    except the cup"), or for all clauses ("keep the sky as it is").

    Args:
        instruction: the user's words.
        tools: the available tools, by name.
        sliders: whether the sliders of ``editenv.develop`` are available too.
    """
    text = instruction.lower().replace("’", "'").replace("\n", ". ")
    found: list[Intent | Beyond] = []
    everywhere: list[str] = []
    waiting: tuple[str, ...] = ()
    for marked in split_clauses(mark_spared(text).replace(" but ", ", ")):
        clause, spared = take_spared(marked)
        if not clause or _goes_on(clause, spared, found):
            waiting = _spare(found, spared)
            continue
        wish = _wish_of(clause, tools, found, sliders) or _as_before(clause, found)
        if wish is not None:
            spared, waiting = (*waiting, *spared), ()
            if isinstance(wish, Intent):
                wish = replace(wish, spared=spared)
            if not _said_already(wish, found):
                found.append(wish)
        elif is_negated(clause):
            everywhere += [name for name in (kept(clause),) if name]
        elif not _asks_for_nothing(clause):
            found.append(Beyond(clause, nearest_request(clause)))
    return [_sparing(wish, everywhere) for wish in found]


def _spare(found: list[Intent | Beyond], names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave things out of the last edit; return those for which there is none yet."""
    if not found or not isinstance(found[-1], Intent):
        return names
    found[-1] = replace(found[-1], spared=(*found[-1].spared, *names))
    return ()


def _goes_on(clause: str, spared: tuple[str, ...], found: list[Intent | Beyond]) -> bool:
    """Take in what only adds to the clause before: "..., slightly"; "... and the spoon"."""
    last = found[-1] if found else None
    if not isinstance(last, Intent):
        return False
    if last.spared and thing_alone(clause):
        found[-1] = replace(last, spared=(*last.spared, thing_alone(clause)))
        return True
    amount = amount_of(clause)
    if amount is not None and last.amount is None and _only_an_amount(clause):
        found[-1] = replace(last, amount=amount)
        return True
    return False


def _sparing(wish: Intent | Beyond, names: Sequence[str]) -> Intent | Beyond:
    """Leave things alone in what is done to the whole photo, or to all that is not a thing."""
    if not isinstance(wish, Intent):
        return wish
    spared = tuple(dict.fromkeys((*wish.spared, *(n for n in names if n != wish.subject))))
    if wish.subject not in ("", BACKGROUND):
        return wish
    if wish.subject == BACKGROUND and spared and any(says(wish.clause, rest) for rest in THE_REST):
        # Who names what is to be spared need not be asked what stands in front.
        return replace(wish, subject="", spared=spared)
    return replace(wish, spared=spared) if wish.subject == "" else wish


def _only_an_amount(clause: str) -> bool:
    words = re.sub(r"[-+−]?\d+(?:[.,]\d+)?\s*(?:%|\w+)?", "", clause)
    for word in sorted((*SLIGHT, *VERY), key=len, reverse=True):
        words = re.sub(rf"\b{re.escape(word)}\b", "", words)
    return all(word in FILLER or word == "by" for word in re.findall(r"[\w']+", words))


def _asks_for_nothing(clause: str) -> bool:
    """Whether a clause is only polite."""
    return all(word in FILLER for word in re.findall(r"[\w']+", clause))


def _wish_of(
    clause: str, tools: Mapping[str, Tool], before: list[Intent | Beyond], sliders: bool
) -> Intent | Beyond | None:
    """What a clause asks for by its own words, or about the same thing as the one before it."""
    asked = _asked(clause)
    if asked is None and has_any(clause, (*SLIGHT, *VERY)) and _only_an_amount(clause):
        if _asks_for_nothing(clause):
            return None
        return Beyond(clause, f"say what: such as 'make it {clause} brighter'")
    if asked is None or isinstance(asked, Beyond):
        return None if is_negated(clause) else asked
    if asked.action != "crop" and is_negated(clause):
        return None
    options = _options(asked.action, tools, sliders)
    if not options:
        return Beyond(clause, f"no tool at hand does {asked.action.replace('_', ' ')!r}")
    goal = _goal_of(clause, asked, options)
    if isinstance(goal, Beyond):
        return goal
    subject = subject_of(clause, asked.action, asked.phrase)
    if not subject and _pronoun_counts(clause, asked.action, tools):
        subject = _last_subject(before)
    amount = _amount_of(clause, asked)
    return _checked(Intent(asked.action, subject, goal, clause, amount))


def _amount_of(clause: str, asked: _Wish) -> Amount | None:
    """By how much; "very" of "it isn't very sharp" says nothing of it, nor "too much"."""
    lacking = asked.phrase if _LACKS.search(asked.phrase) else "too much"
    return amount_of(clause.replace(lacking, ""))


def _goal_of(clause: str, asked: _Wish, options: tuple[str, ...]) -> str | Beyond:
    """The option that a clause asks for."""
    action, goal = asked.action, asked.goal
    if action == "crop" and ":" in goal:
        if "1:1" in options:
            return goal
        return Beyond(clause, "without the sliders I can only crop to a side or to the middle")
    if action in ("replace", "add", "background"):
        wanted = _new_thing(clause, action)
        named = [option for option in options if has_word(wanted, option)]
        if named:
            return max(named, key=wanted.rfind)
        others = [option for option in options if not has_word(clause, option)]
        return Beyond(clause, nearest_option(wanted, others))
    goal = goal or options[0]
    stronger = STRONGER.get((action, goal))
    amount = _amount_of(clause, asked)
    if stronger in options and amount is not None and amount == Amount(2.0, "times"):
        return stronger or goal
    return goal if goal in options else Beyond(clause, nearest_option(goal, options))


def _pronoun_counts(clause: str, action: str, tools: Mapping[str, Tool]) -> bool:
    """Whether "it" may be a thing: no tool for whole photos can be told to do it to a thing."""
    targets = {tool.target for tool in tools.values() if tool.action == action}
    return bool(targets) and targets != {"image"} and has_any(clause, ("it", "them"))


def _last_subject(before: list[Intent | Beyond]) -> str:
    last = before[-1] if before else None
    if not isinstance(last, Intent) or last.action in ("remove", "background", "add"):
        return ""
    return last.subject


def _checked(wish: Intent) -> Intent | Beyond:
    amount = wish.amount
    if wish.action == "recolour" and not wish.subject:
        return Beyond(wish.clause, f"say what is to be {wish.goal}: it is done to a thing")
    if wish.action == "remove" and wish.subject == BACKGROUND:
        return Beyond(wish.clause, "nothing would be left to fill the background with")
    if wish.action == "scale" and not wish.subject:
        return Beyond(wish.clause, "say how large, such as 'resize it to 1200 pixels'")
    if wish.action == "resize" and (amount is None or amount.unit != "pixels"):
        return Beyond(wish.clause, "say how large, such as 'resize it to 1200 pixels'")
    if wish.action == "rotate" and (amount is None or amount.unit != "degrees"):
        return Beyond(wish.clause, "say by how much, such as 'rotate it by 90 degrees to the left'")
    if amount is not None and amount.unit == "%" and re.search(r"\bto \d", wish.clause):
        return Beyond(wish.clause, f"say by how much, such as 'by {amount.size:g} %', not to what")
    return wish


def _options(action: str, tools: Mapping[str, Tool], sliders: bool) -> tuple[str, ...]:
    named = [option for t in tools.values() if t.action == action for option in t.options]
    return tuple(dict.fromkeys([*named, *(goals_of(action) if sliders else ())]))


def _asked(clause: str) -> _Wish | Beyond | None:
    """Operation, option and the words that say so."""
    clause = _without_old_colour(clause)
    if has_any(clause, ("crop", "cut", "trim")) or says(clause, "square"):
        ratio = _ratio(clause)
        if ratio is not None:
            return _Wish("crop", ratio, "crop")
    moving = has_any(clause, MOVES)
    first = _phrase(clause, True, moving)
    return (
        first
        or _measured(clause)
        or _compared(clause)
        or _phrase(clause, False, moving)
        or _recolour(clause)
    )


def _without_old_colour(clause: str) -> str:
    """Leave out which colour a thing has now: "blue instead of red"."""
    match = re.search(r"\b(?:instead of|rather than|not) ((?:\w+ )?\w+)$", clause)
    return clause[: match.start()].strip() if match and named_colour(match[1]) else clause


def _ratio(clause: str) -> str | None:
    if has_word(clause, "square"):
        return "1:1"
    match = _RATIO.search(clause)
    if match is None or float(match[1]) == 0 or float(match[2]) == 0:
        return None
    return f"{match[1]}:{match[2]}"


def _phrase(clause: str, first: bool, moving: bool) -> _Wish | None:
    for action, goal, phrases in PHRASES:
        if (action in FIRST) != first or (action == "move" and not moving):
            continue
        phrase = next((p for p in phrases if says(clause, p)), None)
        if phrase is not None:
            return _turned(clause, phrase) if action == "rotate" else _Wish(action, goal, phrase)
    return None


def _turned(clause: str, phrase: str) -> _Wish:
    """By right angles to a side, or by a few degrees."""
    amount = amount_of(clause)
    left = has_any(clause, ("left", "counterclockwise", "anticlockwise", "counter-clockwise"))
    if amount is not None and amount.unit == "degrees" and amount.size % 90:
        return _Wish("straighten", "left" if left else "right", phrase)
    return _Wish("rotate", "left" if left else "right", phrase)


def _measured(clause: str) -> _Wish | Beyond | None:
    """More or less of something: "reduce the contrast", "boost the colours", "contrast +20"."""
    amount = amount_of(clause)
    too = re.search(r"\btoo (\w+)", clause)
    for noun, (more, less) in NOUNS.items():
        if not has_word(clause, noun) or (too and not _is_level(too[1])):
            continue
        if has_any(clause, LESS) or (too and too[1] in _TOO_MUCH) or (amount and amount.sign < 0):
            return _Wish(*less, noun)
        if has_any(clause, MORE) or too or (amount and amount.sign > 0):
            return _Wish(*more, noun)
        if has_any(clause, UNDECIDED):
            return Beyond(clause, f"say which way: {more[1]} or {less[1]}")
        if noun in ("colours", "colors", "temperature", "tint"):
            return None
        return _Wish(*more, noun)
    return None


_TOO_MUCH = ("bright", "light", "strong", "high", "much", "harsh")


def _is_level(word: str) -> bool:
    return word in (*_TOO_MUCH, "dark", "low", "weak", "little", "deep")


def _compared(clause: str) -> _Wish | None:
    """What is too much or too little of a quality: "less warm", "not so bright", "too dark"."""
    for pattern, wanted in ((_LACKS, 0), (_LESS, 1), (_MORE, 0), (_COMPLAINS, 1)):
        match = pattern.search(clause)
        if match:
            adjective = match["adjective"] or match.groupdict().get("other_adjective") or ""
            return _Wish(*ADJECTIVES[adjective][wanted], match[0])
    return None


def _recolour(clause: str) -> _Wish | None:
    """A colour at the end of a clause: "make her suit blue"."""
    named = named_colour(clause)
    if named is None or clause.startswith(("it's ", "it is ", "it looks ")):
        return None
    return _Wish("recolour", *named)


def _new_thing(clause: str, action: str) -> str:
    """The words for what is to be there: behind the old thing, or before its place."""
    if action == "add":
        return re.split(BESIDE, clause, maxsplit=1)[0]
    parts = re.split(r"\b(?:with|for|by|into|to)\b", clause, maxsplit=1)
    return parts[1] if action == "replace" and len(parts) > 1 else clause


def _as_before(clause: str, found: list[Intent | Beyond]) -> Intent | None:
    """A thing without a verb: in "remove the cup and the spoon" the spoon is to go too."""
    last, name = found[-1] if found else None, thing_alone(clause)
    if not isinstance(last, Intent) or last.action not in OF_OBJECTS or not name:
        return None
    return replace(last, subject=name, clause=clause)


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
