"""Invented names, so that the model learns to copy a name and not only to know it.

The test split has none of the train split's objects. An instruction that says a name can be
followed all the same, by writing down what it says, but a small model that only ever meets 311
names learns to choose among those. So some names are replaced, in the instruction and in the
answer, by words that nobody has seen before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import numpy as np

from editenv_policies.small_vlm.scenes import object_names

LETTERS = (2, 14)
"""Least and most letters of an invented word."""

TWO_WORDS = 0.3
"""Share of names of two words; among the objects it is about as large."""

_START, _END = "^", "$"


@cache
def _followers() -> dict[str, str]:
    """By two letters: every letter that follows them in the train split's names, as often as there.

    So invented words look English: a Markov chain of letters (Shannon, 1948, section 3).
    """
    found: dict[str, str] = {}
    for word in " ".join(object_names()).split():
        spelt = _START * 2 + word + _END
        for place in range(2, len(spelt)):
            before = spelt[place - 2 : place]
            found[before] = found.get(before, "") + spelt[place]
    return found


def invented_word(rng: np.random.Generator) -> str:
    """Draw a word of two to fourteen letters that looks English."""
    least, most = LETTERS
    while True:
        word = _START * 2
        while not word.endswith(_END) and len(word) <= most + 2:
            letters = _followers()[word[-2:]]
            word += letters[int(rng.integers(len(letters)))]
        word = word.strip(_START + _END)
        if least <= len(word) <= most:
            return word


def invented_name(rng: np.random.Generator) -> str:
    """Draw a name of one word or two."""
    count = 2 if rng.random() < TWO_WORDS else 1
    return " ".join(invented_word(rng) for _ in range(count))


def say_again(rng: np.random.Generator, most: int = 6) -> tuple[str, str]:
    """Ask for names to be said again; a question and its answer.

    Nearly every token of it is a copy, in an instruction one in eight.

    Args:
        rng: source of all randomness.
        most: names, at most.
    """
    names = "; ".join(invented_name(rng) for _ in range(int(rng.integers(1, most + 1))))
    return f"Say again: {names}.", names


def rename(
    rng: np.random.Generator, instruction: str, answer: str, labels: Iterable[str]
) -> tuple[str, str]:
    """Give the objects that an instruction names other names, the same ones in the answer.

    What an answer names but the instruction does not has to be seen, and keeps its name. A name
    that is also a goal (an orange) keeps it too, for it would no longer be clear what is meant.

    Args:
        rng: source of all randomness.
        instruction: the user's words.
        answer: three tagged lists.
        labels: names of the objects in the picture.
    """
    subjects, goals = answer.split("<goal>")
    for label in sorted(set(labels), key=lambda label: (-len(label), label)):
        pattern = re.compile(rf"\b{re.escape(label)}\b")
        if pattern.search(instruction) and not pattern.search(goals):
            name = invented_name(rng)
            instruction, subjects = pattern.sub(name, instruction), pattern.sub(name, subjects)
    return instruction, f"{subjects}<goal>{goals}"
