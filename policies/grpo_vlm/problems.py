"""What a model is asked, and how its answers are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from editenv.answers import chat_prompt, reference_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.types import Image

TASKS = 2**31 - 1
"""Indices to draw from where a source of tasks has no end."""


@dataclass(frozen=True, eq=False)
class Problem:
    """One prompt.

    Attributes:
        index: finds it again in its ``Problems``.
        messages: chat messages with one place for the picture.
        image: (H, W, 3) uint8.
        answer: to imitate; ``""`` where none is known.
    """

    index: int
    messages: list[dict[str, Any]]
    image: Image
    answer: str = ""


class Problems(Protocol):
    """What trainers learn from; ``EditProblems`` for the tasks of editenv."""

    def draw(self, rng: np.random.Generator) -> Problem:
        """Draw a problem; the same state of ``rng`` gives the same one."""
        ...

    def __getitem__(self, index: int) -> Problem:
        """Return problem number ``index``."""
        ...

    def score(self, problem: Problem, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Judge answers to one problem.

        Returns:
            For each answer ``"reward"``, a float, NaN where it could not be judged, and
            ``"reward_terms"``, floats by name. ``EditProblems`` adds all of ``info``.
        """
        ...

    def picture(self, problem: Problem, text: str) -> Image | None:
        """Return what an answer makes of the picture, None where it changes nothing."""
        ...


class EditProblems:
    """The tasks of a text environment.

    Args:
        env: says which tasks, and how answers are rewarded.
        system_prompt: whether the model is told the format and the actions. A small model that
            imitated answers before knows them, and reads a prompt of a tenth of the length.
    """

    def __init__(self, env: ImageEditTextEnv, *, system_prompt: bool = True) -> None:
        self._env = env
        self._system_prompt = system_prompt
        self._count = len(env.tasks) if hasattr(env.tasks, "__len__") else TASKS  # type: ignore[arg-type]

    def draw(self, rng: np.random.Generator) -> Problem:
        """Draw a task."""
        return self[int(rng.integers(self._count))]

    def __getitem__(self, index: int) -> Problem:
        """Return a task of the source as a problem.

        Raises:
            IndexError: an index that the source does not have.
        """
        task, rules = self._env.tasks[index], self._env.rules
        messages = chat_prompt(task.instruction, rules.tools)
        return Problem(
            index=index,
            messages=messages if self._system_prompt else messages[1:],
            image=task.source,
            answer=reference_answer(task, rules.tools, rules.names),
        )

    def score(self, problem: Problem, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Judge answers to one task, see ``ImageEditTextEnv.score_answers``."""
        return self._env.score_answers(problem.index, texts)

    def picture(self, problem: Problem, text: str) -> Image | None:
        """Return the picture that an answer leaves, None where nothing was carried out."""
        self._env.reset(options={"task": problem.index})
        observation, _, _, _, info = self._env.step(text)
        return observation["image"] if "" in info["refusals"] else None

    def target(self, problem: Problem) -> Image | None:
        """Return the picture that the task wants, where it is known."""
        return self._env.tasks[problem.index].target
