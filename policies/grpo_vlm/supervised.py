"""The supervised start: imitate the reference answers."""

from __future__ import annotations

from typing import Any

from policies.grpo.terms import masked_mean
from policies.grpo_vlm.logprobs import completion_log_probs
from policies.grpo_vlm.model import VlmPolicy
from policies.grpo_vlm.optimizer import Optimizer
from policies.grpo_vlm.problems import Problems
from policies.grpo_vlm.prompts import encode_answers, encode_prompts
from policies.grpo_vlm.settings import OptimizerSettings, at_least
from policies.grpo_vlm.streams import TASKS, stream


class SupervisedLearner:
    """Raises the probability of reference answers, token by token.

    Args:
        policy: learns.
        problems: with answers.
        optimizer: learning rate and more.
        batch_size: problems a step, at least 1.
        seed: decides which.
    """

    def __init__(
        self,
        policy: VlmPolicy,
        problems: Problems,
        *,
        optimizer: OptimizerSettings | None = None,
        batch_size: int = 16,
        seed: int = 0,
    ) -> None:
        at_least("batch_size", batch_size, 1)
        self._policy = policy
        self._problems = problems
        self._batch_size = batch_size
        self._seed = seed
        self.optimizer = Optimizer(policy.trainable(), optimizer or OptimizerSettings(1e-4))

    def learn(self, step: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Imitate the answers of one batch; the loss is their mean negative log-probability."""
        policy, special = self._policy, self._policy.special
        numbers = range(step * self._batch_size, (step + 1) * self._batch_size)
        problems = [self._problems.draw(stream(self._seed, TASKS, number)) for number in numbers]
        inputs = encode_prompts(policy.processor, problems, policy.device)
        tokens, mask = encode_answers(
            policy.processor.tokenizer,
            [problem.answer for problem in problems],
            special.end,
            special.pad,
            policy.device,
        )
        log_probs, entropies = completion_log_probs(policy, inputs, tokens)
        loss = -masked_mean(log_probs.masked_fill(~mask, 0.0), mask)
        loss.backward()
        length = self.optimizer.update(step)
        figures = {
            "loss": float(loss.detach()),
            "entropy": float(masked_mean(entropies.detach(), mask)),
            "grad_norm": length,
        }
        return figures, []
