"""The supervised start: imitate the reference answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from editenv_policies.grpo_vlm.logprobs import completion_log_probs
from editenv_policies.grpo_vlm.model import VlmPolicy
from editenv_policies.grpo_vlm.optimizer import Optimizer
from editenv_policies.grpo_vlm.problems import Problem, Problems
from editenv_policies.grpo_vlm.prompts import Inputs, encode_answers, encode_prompts
from editenv_policies.grpo_vlm.settings import OptimizerSettings, at_least
from editenv_policies.grpo_vlm.streams import TASKS, stream

Encoded = tuple[Inputs, Tensor, Tensor]
"""Prompts, and the tokens of their answers with a mask."""


class SupervisedLearner:
    """Raises the probability of reference answers, token by token.

    Args:
        policy: learns.
        problems: with answers.
        optimizer: learning rate and more.
        batch_size: problems a step, at least 1.
        problems_per_batch: those that pass the model at once, at least 1; None for all. Gradients
            of the batches of a step are accumulated.
        seed: decides which problems.

    Raises:
        ValueError: a value out of its range.
    """

    def __init__(
        self,
        policy: VlmPolicy,
        problems: Problems,
        *,
        optimizer: OptimizerSettings | None = None,
        batch_size: int = 16,
        problems_per_batch: int | None = None,
        seed: int = 0,
    ) -> None:
        at_least("batch_size", batch_size, 1)
        at_least("problems_per_batch", problems_per_batch or batch_size, 1)
        self._policy = policy
        self._problems = problems
        self._batch_size = batch_size
        self._at_once = problems_per_batch or batch_size
        self._seed = seed
        self.optimizer = Optimizer(policy.trainable(), optimizer or OptimizerSettings(1e-4))

    def learn(self, step: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Imitate some answers; the loss is the mean negative log-probability of their tokens.

        Raises:
            ValueError: a problem has no answer.
        """
        numbers = range(step * self._batch_size, (step + 1) * self._batch_size)
        problems = [self._problems.draw(stream(self._seed, TASKS, number)) for number in numbers]
        parts = [
            self._encode(problems[first : first + self._at_once])
            for first in range(0, len(problems), self._at_once)
        ]
        count = sum(int(mask.sum()) for _, _, mask in parts)
        losses, entropies = zip(*(self._backward(part, count) for part in parts), strict=True)
        figures = {"loss": sum(losses), "entropy": sum(entropies)}
        return figures | {"grad_norm": self.optimizer.update(step)}, []

    def _encode(self, problems: Sequence[Problem]) -> Encoded:
        policy = self._policy
        for problem in problems:
            if not problem.answer:
                raise ValueError(f"problem {problem.index} has no answer to imitate")
        answers = [problem.answer for problem in problems]
        inputs = encode_prompts(policy.processor, problems, policy.device)
        end, pad = policy.special.end, policy.special.pad
        return inputs, *encode_answers(policy.processor.tokenizer, answers, end, pad, policy.device)

    def _backward(self, part: Encoded, count: int) -> tuple[float, float]:
        """Add a batch's gradients; return its part of the loss and of the mean entropy."""
        inputs, tokens, mask = part
        log_probs, entropies = completion_log_probs(self._policy, inputs, tokens)
        loss = -log_probs[mask].sum() / count
        loss.backward()
        return float(loss.detach()), float(entropies[mask].sum() / count)
