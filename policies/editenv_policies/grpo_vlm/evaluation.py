"""How good are a model's answers to problems that it has not trained on?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from editenv_policies.evaluation import wilson_interval
from editenv_policies.grpo_vlm.generate import greedy
from editenv_policies.grpo_vlm.model import VlmPolicy
from editenv_policies.grpo_vlm.problems import Problem, Problems
from editenv_policies.grpo_vlm.prompts import encode_prompts
from editenv_policies.grpo_vlm.settings import at_least

TERMS = ("format", "action", "subject", "goal", "image")
"""What answers are judged by, each from 0 to 1."""

GREY = 128


@dataclass(frozen=True)
class AnswerScores:
    """What an evaluation found.

    Attributes:
        solved: (N,) bool, whether the picture came out right.
        terms: by name, (N,) float, 0 to 1.
        texts: what the model wrote, to every problem.
        unscored: problems whose answer could not be scored; they are not among the N.
    """

    solved: np.ndarray
    terms: dict[str, np.ndarray]
    texts: list[str]
    unscored: int = 0

    @property
    def success(self) -> tuple[float, float, float]:
        """Share of solved problems, with its 95 % Wilson interval."""
        count = int(self.solved.sum())
        return count / len(self.solved), *wilson_interval(count, len(self.solved))

    def mean(self, term: str) -> tuple[float, float, float]:
        """Mean of a term, with the 95 % interval of the normal approximation, cut to 0 and 1."""
        values = self.terms[term]
        mean = float(values.mean())
        if len(values) < 2:
            return mean, 0.0, 1.0
        reach = 1.96 * float(values.std(ddof=1)) / math.sqrt(len(values))
        return mean, max(mean - reach, 0.0), min(mean + reach, 1.0)


def evaluate(
    policy: VlmPolicy,
    problems: Problems,
    indices: Iterable[int],
    *,
    max_new_tokens: int = 128,
    batch_size: int = 32,
    blank: bool = False,
) -> AnswerScores:
    """Let a model answer problems, each token the most probable one.

    Args:
        policy: answers.
        problems: judge answers by the terms of ``TERMS``, each with weight 1.
        indices: which problems.
        max_new_tokens: a longer answer is cut.
        batch_size: problems at once.
        blank: show mid-grey instead of the picture, to see what is read off the words alone.
            Answers are carried out on the true picture all the same.

    Raises:
        ValueError: there are no problems, or no answer could be scored.
    """
    at_least("batch_size", batch_size, 1)
    asked = [problems[index] for index in indices]
    texts: list[str] = []
    for first in range(0, len(asked), batch_size):
        part = asked[first : first + batch_size]
        shown = [_blanked(problem) for problem in part] if blank else part
        inputs = encode_prompts(policy.processor, shown, policy.device)
        written = greedy(policy, inputs, max_new_tokens)
        texts += policy.decode(written.tokens, written.mask)
    results = [problems.score(p, [text])[0] for p, text in zip(asked, texts, strict=True)]
    return _collect(results, texts)


def _blanked(problem: Problem) -> Problem:
    return replace(problem, image=np.full_like(problem.image, GREY))


def _collect(results: Sequence[dict[str, Any]], texts: list[str]) -> AnswerScores:
    scored = [result for result in results if not np.isnan(result["reward"])]
    if not scored:
        raise ValueError(f"none of {len(results)} answers could be scored")
    terms = {
        name: np.array([result["reward_terms"][name] for result in scored])
        for name in scored[0]["reward_terms"]
    }
    solved = np.array([bool(result["is_success"]) for result in scored])
    return AnswerScores(solved, terms, texts, len(results) - len(scored))
