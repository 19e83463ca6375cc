"""The functions that turn decisions into English."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editenv.tasks.language import complaints, joins
from editenv.tasks.language.articles import with_article
from editenv.tools import OPERATIONS
from editenv.tools.blur import NOUN_WORDS
from editenv.tools.crop import SIDES, TO_OBJECT
from editenv.tools.faults import Faults
from editenv.tools.flip import FACING, WAYS
from editenv.tools.phrases import Forms, Phrases

POLITE_SHARE = 0.3

VAGUE_RESTORE_SHARE, VAGUE_RETOUCH_SHARE = 0.4, 0.15
"""Shares of the complaints that don't even say which faults a photo has."""


def _choose(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def templates(action: str, split: str, goal: str = "", free: bool = False) -> tuple[str, ...]:
    """All templates for an action and goal in a split.

    Args:
        action: such as ``"recolour"``.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        goal: name of the option.
        free: for ``"add"``, whether there is no neighbour to name.

    Raises:
        KeyError: an action that has no wording.
    """
    phrases = _phrases(action)
    usual = phrases.alone if free and phrases.alone else phrases.forms
    extra = phrases.goal_forms.get(goal)
    return getattr(usual, split) + (getattr(extra, split) if extra else ())


def _phrases(action: str) -> Phrases:
    phrases = OPERATIONS[action].phrases
    if phrases is None:
        raise KeyError(action)
    return phrases


def _faults_of(action: str) -> Faults:
    faults = OPERATIONS[action].faults
    if faults is None:
        raise KeyError(action)
    return faults


def goal_words(action: str, goal: str) -> tuple[str, ...]:
    """All ways to say a goal.

    Raises:
        KeyError: a goal that has no wording.
    """
    goals = _phrases(action).goals
    return (with_article(goal),) if goals is None else goals[goal]


def surface_forms(action: str, goal: str, split: str) -> tuple[str, ...]:
    """All sentences for an (action, goal), with ``{s}`` left for the subject."""
    return tuple(
        dict.fromkeys(
            _fill_goal(template, words)
            for template in templates(action, split, goal)
            for words in goal_words(action, goal)
        )
    )


def _fill_goal(template: str, words: str) -> str:
    if "{g} blur " in f"{template} " and " a {g} blur" in template:
        words = NOUN_WORDS[words]
    if " a {g}" in template and words[0] in "aeio":
        template = template.replace(" a {g}", " an {g}")
    return template.replace("{g}", words)


def phrase(rng: np.random.Generator, split: str, action: str, goal: str, subject: str) -> str:
    """Say one edit as an imperative clause, in lower case and without a stop.

    Args:
        rng: chooses the wording.
        split: whose templates to use.
        action: such as ``"recolour"``.
        goal: name of the option.
        subject: a referring expression; ``""`` for an added object without a neighbour.
    """
    template = _choose(rng, templates(action, split, goal, free=not subject))
    words = _choose(rng, goal_words(action, goal))
    return _fill_goal(template, words).replace("{s}", subject)


def facing(rng: np.random.Generator, split: str, side: str, subject: str) -> str:
    """Ask that a thing be turned around: "make the horse face left".

    Args:
        rng: chooses the wording.
        split: whose templates to use.
        side: that the thing faces afterwards; ``""`` for several that face different ways.
        subject: a referring expression.
    """
    words = _choose(rng, WAYS[side]) if side else "the other way"
    template = _choose(rng, getattr(FACING, split))
    return template.replace("{g}", words).replace("{s}", subject)


def all_of(rng: np.random.Generator, label: str, plural: str, count: int) -> str:
    """Name two or more of a kind: "both sheep", "every hen"."""
    text = _choose(rng, joins.GROUPS[count])
    return text.replace("{l}", label).replace("{p}", plural)


def other_of(rng: np.random.Generator, label: str) -> str:
    """Name the second of two, where the first has just been named."""
    return _choose(rng, joins.OTHER).replace("{l}", label)


def refer(
    rng: np.random.Generator,
    split: str,
    label: str,
    attribute: tuple[str, ...] | None = None,
    pair: str = "",
) -> str:
    """Name a thing: "the kite", "the small kite", "the thing left of the dog".

    Args:
        rng: chooses the wording.
        split: whose wording to use.
        label: what it is called.
        attribute: what tells it apart, such as ``("size", "small")``.
        pair: the plural of its name where there are two of the kind: "the smaller of the kites".
    """
    if label == "photo":
        return _choose(rng, ("the photo", "the picture", "the whole image"))
    if attribute is None:
        return f"the {label}"
    kind, value, *other = attribute
    if kind == "colour":
        return f"the {value} {label}"
    ways = joins.REFERENCES[kind, value]
    text = _choose(rng, [way for way in ways if pair or "{p}" not in way])
    pair = f"two {pair}" if pair else ""
    return text.replace("{l}", label).replace("{p}", pair).replace("{o}", (*other, "")[0])


def compose(
    rng: np.random.Generator,
    split: str,
    clauses: Sequence[str],
    *,
    keep: Sequence[str] = (),
    aside: bool = False,
    ordered: bool = True,
) -> str:
    """Join clauses to an instruction.

    Args:
        rng: chooses the wording.
        split: whose joins to use.
        clauses: imperative clauses, in order.
        keep: referring expressions of what must be left alone.
        aside: whether to add a sentence that asks for nothing.
        ordered: whether the order matters.
    """
    text = clauses[0]
    pairs = getattr(joins.THEN if ordered else joins.ALSO, split)
    last = ""
    for number, clause in enumerate(clauses[1:]):
        choices = [p for p in pairs if number == 0 or not p.startswith("first")]
        last = _choose(rng, [p for p in choices if p != last] or choices)
        text = last.replace("{a}", text).replace("{b}", clause)
    sentences = _polite(rng, split, text)
    if keep:
        sentence = _choose(rng, getattr(joins.KEEP, split))
        sentences.append(sentence.replace("{k}", " and ".join(keep)))
    if aside:
        place = 0 if rng.random() < 0.5 else len(sentences)
        sentences.insert(place, _choose(rng, getattr(joins.ASIDES, split)))
    return " ".join(_capital(sentence) for sentence in sentences)


def _polite(rng: np.random.Generator, split: str, text: str) -> list[str]:
    """Politeness goes to the first sentence; the rest stays imperative."""
    first, *rest = text.split(". ")
    if rng.random() < POLITE_SHARE and not first.startswith("first "):
        first = _choose(rng, getattr(joins.POLITE, split)).replace("{x}", first)
    else:
        first += "."
    return [first, *(f"{sentence}." for sentence in rest)]


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def indirect_goal(
    rng: np.random.Generator, split: str, action: str, goal: str, subject: str
) -> str | None:
    """Ask for exactly this (action, goal) without saying it; None where no way is unmistakable."""
    phrases = _phrases(action)
    if phrases.hints is not None:
        template = _choose(rng, getattr(phrases.hints, split)).replace("{s}", subject)
        return template.replace("{g}", _choose(rng, phrases.hint_goals[goal]))
    ways = phrases.purposes.get(goal)
    return ways and _choose(rng, getattr(ways, split)).replace("{s}", subject)


def like(
    rng: np.random.Generator, split: str, action: str, goal: str, subject: str, other: str
) -> str:
    """Ask that a thing be made like another one in the picture: its colour, brightness, size."""
    phrases = _phrases(action)
    ways = getattr(phrases.like, split)
    further = phrases.like_goals.get(goal)
    template = _choose(rng, (*ways, *getattr(further, split)) if further else ways)
    return template.replace("{s}", subject).replace("{g}", other)


def complaint(
    rng: np.random.Generator, split: str, faults: Sequence[tuple[str, str]], label: str = ""
) -> str:
    """Complain about a photo, often without saying which fault it has, or how much of it.

    Args:
        rng: chooses the wording.
        split: whose wording to use.
        faults: (action, goal) of the tools that would mend it.
        label: of the object that a crop is to keep; ``""`` names the side.
    """
    seen = [fault for fault in faults if fault[0] != "crop"]
    sentences = _faults(rng, split, seen) if seen else []
    for action, goal in faults:
        if action == "crop":
            ways = TO_OBJECT if label else SIDES[goal]
            sentences.append(_fault(rng, split, ways).rstrip(".").replace("{s}", label) + ".")
    return " ".join(_capital(sentence) for sentence in sentences)


def _faults(rng: np.random.Generator, split: str, faults: Sequence[tuple[str, str]]) -> list[str]:
    restore = _faults_of(faults[0][0]).defect
    if rng.random() < (VAGUE_RESTORE_SHARE if restore else VAGUE_RETOUCH_SHARE):
        vague = complaints.VAGUE_RESTORE if restore else complaints.VAGUE_RETOUCH
        asked = complaints.RESCUES if restore else complaints.CORRECTIONS
        return [_fault(rng, split, vague), _fault(rng, split, asked)]
    said = [_said(rng, split, *fault) for fault in faults]
    nouns = [words for words, is_noun in said if is_noun]
    adjectives = [words for words, is_noun in said if not is_noun]
    sentences: list[str] = []
    if adjectives:
        listed = _listed(adjectives)
        sentences.append(_fault(rng, split, complaints.COMPLAINTS).replace("{f}", listed))
        if not nouns and rng.random() < 0.5:
            sentences.append(_fault(rng, split, complaints.REQUESTS))
    if nouns:
        ways = complaints.DEFECT_FORMS if restore else complaints.MATTER_FORMS
        sentences.append(_fault(rng, split, ways).replace("{f}", _listed(nouns, " the")))
    return sentences


def _said(rng: np.random.Generator, split: str, action: str, goal: str) -> tuple[str, bool]:
    """Return how a fault is called, and whether by a noun: seldom so that the amount is said."""
    faults, chance = _faults_of(action), rng.random()
    if chance < 0.2:
        return _fault(rng, split, faults.forms[goal]), False
    if chance < 0.55:
        return _choose(rng, faults.by_goal[goal].seen), False
    return _choose(rng, faults.nouns), True


def _listed(words: Sequence[str], article: str = "") -> str:
    if len(words) == 1:
        return words[0]
    return f"{f',{article} '.join(words[:-1])} and{article} {words[-1]}"


def _fault(rng: np.random.Generator, split: str, ways: Forms) -> str:
    return _choose(rng, getattr(ways, split))
