"""The one format in which a policy answers, and its parser.

An answer is three tagged lists of the same length, in the order in which the edits are to be made:
the paper's decomposition into actions, subjects and goals (*ImageEdit-R1: Boosting Multi-Agent
Image Editing via Reinforcement Learning*). Thoughts may stand before them::

    <think>The thing left of the dog is a kite.</think>
    <action>recolour; remove</action>
    <subject>kite; apple</subject>
    <goal>teal; none</goal>

Three empty lists say that nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from editenv.agents.roles import Intent
from editenv.answers.words import printable

LISTS = ("action", "subject", "goal")
"""The tags, in their order."""

SEPARATOR = ";"
NO_GOAL = "none"
"""How a goal is written where the action has only one outcome."""

MAX_CHARACTERS = 16_384
"""A longer answer is malformed; it is not even looked at."""

MAX_EDITS = 16
MAX_ITEM = 100
"""Characters of one item of a list."""

_THINK, _THOUGHT = "<think>", "</think>"


@dataclass(frozen=True)
class Answer:
    """What an answer says.

    Attributes:
        edits: in their order; empty when the answer is malformed, or says that nothing is left.
        problem: why the answer is malformed; ``""`` when it is well formed.
    """

    edits: tuple[Intent, ...] = ()
    problem: str = ""

    @property
    def hands_in(self) -> bool:
        """Whether the answer says that nothing is left to do."""
        return not self.problem and not self.edits


class _Malformed(Exception):
    """The text is no answer; the message says why."""


def parse_answer(text: str, max_characters: int = MAX_CHARACTERS) -> Answer:
    """Read an answer. Never raises for what a text says, and takes time linear in its length.

    White space around tags and items does not count, and what cannot be printed is white space. All
    else must be as documented: nothing beside the lists and the thoughts, no list twice, no empty
    item.

    Args:
        text: any string, lone surrogates included.
        max_characters: a longer text is malformed.
    """
    if len(text) > max_characters:
        return Answer(problem=f"it has {len(text)} characters; at most {max_characters} are read")
    try:
        return Answer(_read(text))
    except _Malformed as reason:
        return Answer(problem=str(reason))


def _read(text: str) -> tuple[Intent, ...]:
    rest = _without_thoughts(text.strip())
    lists: list[list[str]] = []
    for name in LISTS:
        content, rest = _take(rest, name)
        lists.append(_items(content, name))
    if rest:
        raise _Malformed(f"there is text after </{LISTS[-1]}>")
    lengths = [len(items) for items in lists]
    if len(set(lengths)) > 1:
        counts = ", ".join(f"{n} in {name}" for n, name in zip(lengths, LISTS, strict=True))
        raise _Malformed(f"the lists differ in length: {counts}")
    return tuple(
        Intent(action, subject, "" if goal == NO_GOAL else goal)
        for action, subject, goal in zip(*lists, strict=True)
    )


def _without_thoughts(text: str) -> str:
    if not text.startswith(_THINK):
        return text
    end = text.find(_THOUGHT)
    if end < 0:
        raise _Malformed(f"{_THINK} is never closed")
    return text[end + len(_THOUGHT) :].lstrip()


def _take(text: str, name: str) -> tuple[str, str]:
    """What stands inside the list at the start of a text, and what comes after it."""
    opening, closing = f"<{name}>", f"</{name}>"
    if not text.startswith(opening):
        raise _Malformed(f"{opening} is missing, or something stands before it")
    end = text.find(closing)
    if end < 0:
        raise _Malformed(f"{opening} is never closed")
    content = text[len(opening) : end]
    if "<" in content or ">" in content:
        raise _Malformed(f"there is a tag inside {opening}")
    return content, text[end + len(closing) :].lstrip()


def _items(content: str, name: str) -> list[str]:
    if not content.strip():
        return []
    if content.count(SEPARATOR) >= MAX_EDITS:
        raise _Malformed(f"<{name}> has more than {MAX_EDITS} items")
    items = [" ".join(printable(item).split()) for item in content.split(SEPARATOR)]
    for number, item in enumerate(items, start=1):
        if not item:
            raise _Malformed(f"item {number} of <{name}> is empty")
        if len(item) > MAX_ITEM:
            raise _Malformed(f"item {number} of <{name}> is longer than {MAX_ITEM} characters")
    return items


def write_answer(edits: Iterable[Intent], thoughts: str = "") -> str:
    """Write an answer; ``parse_answer`` reads the same edits from it.

    Args:
        edits: in their order, at most 16; none to say that nothing is left to do.
        thoughts: what stands in ``<think>``; left out when empty.

    Raises:
        ValueError: edits or thoughts that the format cannot hold.
    """
    edits = tuple(edits)
    rows = [(edit.action, edit.subject, edit.goal or NO_GOAL) for edit in edits]
    columns = list(zip(*rows, strict=True)) or [()] * len(LISTS)
    lines = [f"{_THINK}{thoughts}{_THOUGHT}"] if thoughts else []
    for name, items in zip(LISTS, columns, strict=True):
        lines.append(f"<{name}>{f'{SEPARATOR} '.join(items)}</{name}>")
    text = "\n".join(lines)
    answer = parse_answer(text)
    if answer != Answer(edits):
        reason = answer.problem or f"an item has a {SEPARATOR!r}, odd white space or {NO_GOAL!r}"
        raise ValueError(f"edits={edits!r} cannot be written: {reason}")
    return text
