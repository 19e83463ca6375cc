"""The words an interpreter can say, as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from editenv.agents.roles import Intent
from editenv.material import sprite_names
from editenv.tools import Tool
from editenv.types import BACKGROUND, WHOLE_IMAGE

NOTHING = 0
"""The number of the action that says that nothing is to be done."""


def default_subjects() -> tuple[str, ...]:
    """Everything that a generated picture can hold, of every split."""
    return (WHOLE_IMAGE, BACKGROUND, *sprite_names())


class Vocabulary:
    """Translates between intents and (action, subject, goal) numbers.

    Args:
        tools: whose actions and options can be named.
        subjects: labels that can be named; the first one stands for every other.

    Raises:
        ValueError: no subject, or one twice.

    Attributes:
        actions: ``""`` for nothing to do, then the tools' actions.
        subjects: as given.
        goals: ``""`` for no goal, then the tools' options.
    """

    def __init__(self, tools: Sequence[Tool], subjects: Sequence[str]) -> None:
        in_order = isinstance(subjects, Sequence) and not isinstance(subjects, str)
        labels = in_order and all(isinstance(label, str) for label in subjects)
        if not labels or not subjects or len(set(subjects)) < len(subjects):
            raise ValueError(
                f"subjects={subjects!r} must be a sequence of different labels, at least one"
            )
        self.subjects = tuple(subjects)
        self.actions = ("", *dict.fromkeys(tool.action for tool in tools))
        # Where two labels begin at the same word, the longer one is meant.
        longest_first = sorted(self.subjects, key=len, reverse=True)
        self._label = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
        self._subject_numbers = {label: number for number, label in enumerate(self.subjects)}
        self.goals = ("", *dict.fromkeys(option for tool in tools for option in tool.options))
        self._goal_numbers = {goal: number for number, goal in enumerate(self.goals)}

    @property
    def nvec(self) -> tuple[int, int, int]:
        """Numbers of actions, subjects and goals."""
        return len(self.actions), len(self.subjects), len(self.goals)

    def decode(self, action: int, subject: int, goal: int) -> Intent | None:
        """Turn numbers into an intent; None where the action is ``NOTHING``."""
        if action == NOTHING:
            return None
        return Intent(self.actions[action], self.subjects[subject], self.goals[goal])

    def encode(self, intent: Intent | None) -> tuple[int, int, int]:
        """Turn an intent into numbers.

        A subject in free words is the label that stands first in them. What the vocabulary does
        not know becomes 0.
        """
        if intent is None or intent.action not in self.actions:
            return (NOTHING, 0, 0)
        goal = self._goal_numbers.get(intent.goal, 0)
        return self.actions.index(intent.action), self._subject(intent.subject), goal

    def _subject(self, words: str) -> int:
        if words in self._subject_numbers:
            return self._subject_numbers[words]
        found = self._label.search(words)
        return self._subject_numbers[found.group()] if found else 0
