"""What the small model learns from: endless, seeded, all of it from the train split.

Record ``i`` of a stream depends on the seed and ``i`` only, so that a run that was interrupted goes
on with the very records that it would have seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from editenv.answers import reference_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.types import Image
from editenv_policies.small_vlm.prompt import SHORT_PROMPT, Messages
from editenv_policies.small_vlm.questions import CAPTION, Turn, ask, caption
from editenv_policies.small_vlm.renaming import rename, say_again
from editenv_policies.small_vlm.scenes import MATERIAL, SPLIT, random_scene

TASKS = ("ImageEdit-Direct-v0", "ImageEdit-MultiStep-v0", "ImageEdit-Indirect-v0")
"""Drawn from alike."""

NUMBERS = range(100_000, 104_000)
"""Which tasks of an id are learned from. Trainers that come later use lower numbers."""

_OPENING = re.compile(r"(<\w+>)\s*")

RENAMED = 0.6
"""Share of the tasks in which the objects that are named get invented names."""


@dataclass(frozen=True, eq=False)
class Record:
    """A picture and what is said about it.

    Attributes:
        picture: (side, side, 3) uint8; None for words alone.
        turns: questions with their answers, ``spaced``; the picture stands before the first
            question.
        system: the system prompt; ``""`` for none.
        split: of the task or scene.
    """

    picture: Image | None
    turns: tuple[Turn, ...]
    system: str = ""
    split: str = field(default=SPLIT, kw_only=True)

    @property
    def length(self) -> int:
        """Letters of all turns together."""
        return sum(len(question) + len(answer) for question, answer in self.turns)

    def __post_init__(self) -> None:
        """Let every answer begin its parts with a space."""
        turns = tuple((question, spaced(answer)) for question, answer in self.turns)
        object.__setattr__(self, "turns", turns)

    def messages(self) -> Messages:
        """The whole conversation as chat messages."""
        messages: Messages = []
        if self.system:
            messages.append({"role": "system", "content": self.system})
        for number, (question, answer) in enumerate(self.turns):
            parts = [{"type": "text", "text": question}]
            if number == 0 and self.picture is not None:
                parts.insert(0, {"type": "image"})
            messages.append({"role": "user", "content": parts})
            messages.append({"role": "assistant", "content": answer})
        return messages


@dataclass(frozen=True, eq=False)
class _Told:
    """What a record needs of a task, without the rest of it."""

    picture: Image
    turn: Turn
    labels: tuple[str, ...]
    split: str


def spaced(answer: str) -> str:
    """Return an answer with a space at its beginning and after every opening tag.

    To the parser that is the same. To a byte-level BPE a word after a space is another word than
    one without, of other tokens, and a name could not be copied from the instruction as it stands.
    """
    if answer.startswith("<"):
        return _OPENING.sub(r"\1 ", answer)
    return f" {answer.lstrip()}"


class Records:
    """An endless stream of records.

    Args:
        seed: of the stream.
        side: of the pictures, in pixels.
        questions: share of the records that ask about a scene, or without pictures for names to be
            said again; the others are tasks with their decomposition.
        blind: without pictures, to learn the words alone.

    Raises:
        ValueError: ``questions`` is no share.
    """

    def __init__(self, seed: int, side: int, questions: float, blind: bool = False) -> None:
        if not 0.0 <= questions <= 1.0:
            raise ValueError(f"questions={questions} must be from 0 to 1")
        self._seed, self._side, self._questions, self._blind = seed, side, questions, blind
        self._told = _teller(side)

    def __getitem__(self, index: int) -> Record:
        """Record number ``index``, from 0; there is no last one."""
        rng = np.random.default_rng([self._seed, index])
        if rng.random() < self._questions:
            return self._asked(rng)
        told = self._told(
            TASKS[int(rng.integers(len(TASKS)))], NUMBERS[int(rng.integers(len(NUMBERS)))]
        )
        turn = told.turn
        if rng.random() < RENAMED:
            turn = rename(rng, *turn, told.labels)
        return Record(self._shown(told.picture), (turn,), SHORT_PROMPT, split=told.split)

    def _shown(self, picture: Image) -> Image | None:
        return None if self._blind else picture

    def _asked(self, rng: np.random.Generator) -> Record:
        if self._blind:
            return Record(None, (say_again(rng),))
        scene = random_scene(rng, self._side)
        return Record(scene.image, (say_again(rng, most=1), *ask(rng, scene)))


class Captions:
    """An endless stream of scenes with very few objects, which are described.

    With one thing in the picture even a model that looks everywhere at once is right more often
    than one that does not look. From there it learns where to look.

    Args:
        seed: of the stream.
        side: of the pictures, in pixels.
    """

    def __init__(self, seed: int, side: int) -> None:
        self._seed, self._side = seed, side

    def __getitem__(self, index: int) -> Record:
        """Record number ``index``, from 0; there is no last one."""
        rng = np.random.default_rng([self._seed, index])
        scene = random_scene(rng, self._side, counts=(1, 2))
        return Record(scene.image, ((CAPTION, caption(scene)),))


@cache
def _teller(side: int) -> Callable[[str, int], _Told]:
    """Tells about a task by id and number; tasks are kept, since making them takes long."""
    envs = {
        name: ImageEditTextEnv(name, split=SPLIT, material=MATERIAL, image_size=side)
        for name in TASKS
    }

    @cache
    def told(name: str, number: int) -> _Told:
        env = envs[name]
        task = env.tasks[number]
        answer = reference_answer(task, env.rules.tools, env.rules.names)
        labels = tuple(item.label for item in task.metadata["scene"].objects)
        return _Told(task.source, (task.instruction, answer), labels, task.metadata["split"])

    return told


def texts(records: Records, count: int) -> Iterator[str]:
    """Everything that is said in the first records, to train a tokenizer on."""
    for index in range(count):
        record = records[index]
        yield record.system
        for turn in record.turns:
            yield from turn
