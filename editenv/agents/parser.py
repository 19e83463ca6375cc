"""From an instruction to tool calls by looking for keywords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from editenv.agents.english import has_word, is_negated, split_clauses
from editenv.agents.roles import Intent
from editenv.tools import OPERATIONS, Keywords, Tool
from editenv.types import BACKGROUND, Region


def parse(instruction: str, actions: Iterable[str]) -> list[Intent]:
    """Split an instruction into clauses and keep those in which an action is recognised.

    The subject of each intent is the whole clause, in lower case; there is no goal yet.

    Args:
        instruction: the user's words.
        actions: what the tools at hand can do.
    """
    known = set(actions)
    intents: list[Intent] = []
    for clause in split_clauses(instruction.lower()):
        action = find_action(clause, known)
        if action is not None and not is_negated(clause):
            intents.append(Intent(action, clause))
    return intents


def find_action(clause: str, known: set[str]) -> str | None:
    """The first action, by the rank of its keywords, one of which is in the clause."""
    found = {action: keywords_of(action) for action in known}
    for action in sorted(known, key=lambda action: (found[action].rank, action)):
        if any(has_word(clause, word) for word in found[action].words):
            return action
    return None


def keywords_of(action: str) -> Keywords:
    """What the pipeline knows an action by: nothing, for one that has not been told of."""
    operation = OPERATIONS.get(action)
    return (operation and operation.keywords) or Keywords(0, ())


def find_option(intent: Intent, tool: Tool) -> int | None:
    """The option that the intent's words name; None when they name none of several."""
    words = intent.subject
    if len(tool.options) == 1:
        return 0
    table = keywords_of(intent.action).goals
    if not table:
        named = [i for i, name in enumerate(tool.options) if has_word(words, name)]
        # In "swap the cup for a duck" the new thing comes last.
        return max(named, key=lambda i: words.rfind(tool.options[i]), default=None)
    for name, said in table.items():
        if name in tool.options and any(has_word(words, word) for word in said):
            return tool.options.index(name)
    return None


def find_region(words: str, regions: Sequence[Region | None]) -> int:
    """The slot whose label is named first; the whole image where none is."""
    named = [
        (words.find(region.label), slot)
        for slot, region in enumerate(regions)
        if region is not None and slot > 0 and has_word(words, region.label)
    ]
    if not named:
        return 0
    first = min(position for position, _ in named)
    slots = [slot for position, slot in named if position == first]
    return _choose_twin(words, slots, regions)


def _choose_twin(words: str, slots: list[int], regions: Sequence[Region | None]) -> int:
    """Where two regions have one label: "small", "large", "left" and "right" decide."""

    def box(slot: int) -> tuple[int, int, int, int]:
        region = regions[slot]
        assert region is not None
        return region.box

    def area(slot: int) -> int:
        left, top, right, bottom = box(slot)
        return (right - left) * (bottom - top)

    if any(has_word(words, word) for word in ("small", "smaller", "little")):
        return min(slots, key=area)
    if any(has_word(words, word) for word in ("large", "larger", "big", "bigger")):
        return max(slots, key=area)
    if has_word(words, "right"):
        return max(slots, key=lambda slot: box(slot)[0])
    return min(slots, key=lambda slot: box(slot)[0])


def background_slot(regions: Sequence[Region | None]) -> int | None:
    """The slot of the background, where it is proposed."""
    for slot, region in enumerate(regions):
        if region is not None and region.label == BACKGROUND:
            return slot
    return None
