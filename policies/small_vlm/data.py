"""What the small model learns from: endless, seeded, all of it from the train split.

Record ``i`` of a stream depends on the seed and ``i`` only, so that a run that was interrupted goes
on with the very records that it would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from editenv.answers import reference_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.types import Image
from policies.small_vlm.prompt import SHORT_PROMPT, Messages
from policies.small_vlm.questions import Turn, ask
from policies.small_vlm.scenes import SPLIT, random_scene

TASKS = ("ImageEdit-Direct-v0", "ImageEdit-MultiStep-v0", "ImageEdit-Indirect-v0")
"""Drawn from alike."""


@dataclass(frozen=True, eq=False)
class Record:
    """A picture and what is said about it.

    Attributes:
        picture: (side, side, 3) uint8.
        turns: questions with their answers; the picture stands before the first question.
        system: the system prompt; ``""`` for none.
        split: of the task or scene.
    """

    picture: Image
    turns: tuple[Turn, ...]
    system: str = ""
    split: str = field(default=SPLIT, kw_only=True)

    def messages(self) -> Messages:
        """The whole conversation as chat messages."""
        messages: Messages = []
        if self.system:
            messages.append({"role": "system", "content": self.system})
        for number, (question, answer) in enumerate(self.turns):
            parts = [{"type": "text", "text": question}]
            if number == 0:
                parts.insert(0, {"type": "image"})
            messages.append({"role": "user", "content": parts})
            messages.append({"role": "assistant", "content": answer})
        return messages


class Records:
    """An endless stream of records.

    Args:
        seed: of the stream.
        side: of the pictures, in pixels.
        questions: share of the records that ask about a scene; the others are tasks with their
            decomposition.

    Raises:
        ValueError: ``questions`` is no share.
    """

    def __init__(self, seed: int, side: int, questions: float) -> None:
        if not 0.0 <= questions <= 1.0:
            raise ValueError(f"questions={questions} must be from 0 to 1")
        self._seed, self._side, self._questions = seed, side, questions
        self._envs = [ImageEditTextEnv(name, split=SPLIT, image_size=side) for name in TASKS]

    def __getitem__(self, index: int) -> Record:
        """Record number ``index``, from 0; there is no last one."""
        rng = np.random.default_rng([self._seed, index])
        if rng.random() < self._questions:
            scene = random_scene(rng, self._side)
            return Record(scene.image, ask(rng, scene))
        return self._decomposition(rng)

    def _decomposition(self, rng: np.random.Generator) -> Record:
        env = self._envs[int(rng.integers(len(self._envs)))]
        task = env.tasks.sample(rng)
        answer = reference_answer(task, env.rules.tools, env.rules.names)
        turn = (task.instruction, answer)
        return Record(task.source, (turn,), SHORT_PROMPT, split=task.metadata["split"])


def texts(records: Records, count: int) -> Iterator[str]:
    """Everything that is said in the first records, to train a tokenizer on."""
    for index in range(count):
        record = records[index]
        yield record.system
        for turn in record.turns:
            yield from turn
