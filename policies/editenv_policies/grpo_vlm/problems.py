"""What a model is asked, and how its answers are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from editenv.answers import chat_prompt, reference_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.recordings.folder import Writer
from editenv.recordings.replay import record_calls
from editenv.types import EditTask, Image, ToolCall
from editenv.workspace import SUBMIT

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

    def pictures(self, problem: Problem, text: str) -> tuple[Image, ...]:
        """Return what to look at: the picture before and after an answer, and what was wanted."""
        ...


class EditProblems:
    """The tasks of one or more text environments, which are asked in turn.

    Args:
        envs: say which tasks, and how answers are rewarded; at least one.
        system_prompt: what the model is told first; None explains the format and the actions,
            ``""`` tells nothing. A small model that imitated answers before knows them, and reads
            a prompt of a tenth of the length.

    Raises:
        ValueError: no environment.
    """

    def __init__(
        self, envs: Sequence[ImageEditTextEnv], *, system_prompt: str | None = None
    ) -> None:
        if not envs:
            raise ValueError(f"envs={envs!r} must hold at least one ImageEditTextEnv")
        self._envs = tuple(envs)
        self._system_prompt = system_prompt
        counts = [len(e.tasks) if hasattr(e.tasks, "__len__") else TASKS for e in envs]  # type: ignore[arg-type]
        self._count = len(envs) * min(counts)

    def draw(self, rng: np.random.Generator) -> Problem:
        """Draw a task."""
        return self[int(rng.integers(self._count))]

    def __getitem__(self, index: int) -> Problem:
        """Return a task as a problem: number ``index // len(envs)`` of the environment's source.

        Raises:
            IndexError: an index that the source does not have.
        """
        env, task = self._find(index)
        return Problem(
            index=index,
            messages=self._messages(env, task.instruction),
            image=task.source,
            answer=reference_answer(task, env.rules.tools, env.rules.names),
        )

    def score(self, problem: Problem, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Judge answers to one task, see ``ImageEditTextEnv.score_answers``."""
        env, number = self._place(problem.index)
        return env.score_answers(number, texts)

    def pictures(self, problem: Problem, text: str) -> tuple[Image, ...]:
        """Return the picture before and after an answer, and the wanted one where it is known."""
        env, number = self._place(problem.index)
        env.reset(options={"task": number})
        observation, *_ = env.step(text)
        target = env.tasks[number].target
        shown = (problem.image, observation["image"])
        return shown if target is None else (*shown, target)

    def record(self, index: int, text: str, writer: Writer) -> None:
        """Record the calls that an answer makes, and that the picture is handed in.

        Raises:
            ComponentDown: a tool or the judge failed too often in a row.
        """
        env, number = self._place(index)
        env.reset(seed=0, options={"task": number})
        env.step(text)
        played = env.conversation.workspace
        calls = [*played.history, *([] if played.submitted else [ToolCall(SUBMIT)])]
        # The reset's own generator, so that the regions stand in the same order.
        start = env.setup.start(np.random.default_rng(0), number)
        record_calls(writer, env.setup, start, calls)

    def _place(self, index: int) -> tuple[ImageEditTextEnv, int]:
        return self._envs[index % len(self._envs)], index // len(self._envs)

    def _find(self, index: int) -> tuple[ImageEditTextEnv, EditTask]:
        env, number = self._place(index)
        return env, env.tasks[number]

    def _messages(self, env: ImageEditTextEnv, instruction: str) -> list[dict[str, Any]]:
        pointing = env.rules.names.pointing
        system, user = chat_prompt(instruction, env.rules.tools, pointing=pointing)
        if self._system_prompt is None:
            return [system, user]
        if not self._system_prompt:
            return [user]
        text = {"type": "text", "text": self._system_prompt}
        return [{**system, "content": [text]}, user]
