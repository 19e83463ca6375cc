"""The environment's rewards as functions that TRL's ``GRPOTrainer`` can call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from editenv.answers import AnswerReward, make_answer_reward
from editenv.encoders import TextEncoder
from editenv.envs.text.keys import EnvsByKey
from editenv.grounders import Grounder
from editenv.tools import Tool

TOTAL = "total"
"""The function that returns the whole reward."""


class RewardFunction(Protocol):
    """What trainers call: one number for each completion."""

    __name__: str

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """Score completions; ``columns["task"]`` holds the task of each.

        None, which TRL takes for "not applicable", where something failed.
        """
        ...


def reward_functions(
    reward: str | Mapping[str, float] | AnswerReward = "outcome",
    *,
    tools: str | Sequence[str | Tool] | None = None,
    subjects: str = "names",
    grounder: str | Grounder = "scene",
    encoder: str | TextEncoder = "static",
) -> dict[str, RewardFunction]:
    """Build reward functions for the records of ``to_dataset``.

    The functions share all work, so asking for every term takes no longer than for one. They return
    the rewards of ``ImageEditTextEnv`` for the same answer, with one turn.

    Args:
        reward: preset or weights by term.
        tools: as given to ``to_dataset``.
        subjects: as given to ``to_dataset``.
        grounder: as in ``ImageEditEnv``.
        encoder: finds synonyms.

    Returns:
        By name: ``"total"``, and every weighted term. Trainers log a function by its ``__name__``.
    """
    weights = make_answer_reward(reward)
    graders = _Graders(
        reward=weights, tools=tools, subjects=subjects, grounder=grounder, encoder=encoder
    )
    return {name: _function(graders, name) for name in (TOTAL, *weights.weights)}


class _Graders:
    """Scores completions of tasks from any number of sources."""

    def __init__(self, **arguments: Any) -> None:
        self._envs = EnvsByKey(**arguments)

    def score(
        self, completions: Sequence[Any], tasks: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        texts = [completion_text(completion) for completion in completions]
        return [
            self._envs.find(task).score_answers(int(task["index"]), [text])[0]
            for text, task in zip(texts, tasks, strict=True)
        ]


def _function(graders: _Graders, name: str) -> RewardFunction:
    def score(completions: Sequence[Any], **columns: Any) -> list[float | None]:
        if "task" not in columns:
            raise ValueError(f"columns={sorted(columns)} must hold 'task', as to_dataset writes it")
        results = graders.score(completions, columns["task"])
        return [_number(result, name) for result in results]

    score.__name__ = score.__qualname__ = name
    return score


def _number(result: Mapping[str, Any], name: str) -> float | None:
    if "failure" in result:
        return None
    return result["reward"] if name == TOTAL else result["reward_terms"][name]


def completion_text(completion: Any) -> str:
    """Return what a model wrote: a string, or the last of some chat messages.

    Anything else, such as the output of a model that calls tools, is an empty (malformed) answer.
    """
    if isinstance(completion, str):
        return completion
    content = completion[-1].get("content") if completion else ""
    if isinstance(content, str):
        return content
    parts = content or ()
    return "".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
