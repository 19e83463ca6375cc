"""Group Relative Policy Optimization over a vision-language model."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from editenv_policies.grpo import LossSettings, advantages, policy_loss
from editenv_policies.grpo_vlm.logprobs import completion_log_probs
from editenv_policies.grpo_vlm.model import VlmPolicy
from editenv_policies.grpo_vlm.optimizer import Optimizer
from editenv_policies.grpo_vlm.problems import Problems
from editenv_policies.grpo_vlm.rollouts import Batch, RolloutRecorder, rewards_of, summary
from editenv_policies.grpo_vlm.sampler import LocalSampler, RaySampler, Sampler
from editenv_policies.grpo_vlm.settings import (
    GroupSettings,
    OptimizerSettings,
    SamplingSettings,
    at_least,
)


class GrpoLearner:
    """One step: sample groups of answers, score what they do, make the better ones more probable.

    The algorithm is that of Shao et al., 2024, *DeepSeekMath*, arXiv:2402.03300; the loss is the
    one of ``editenv_policies.grpo``. Where ImageEdit-R1 compares answers with annotations, the
    reward here may also be what the edited picture scores.

    Args:
        policy: learns.
        problems: what is asked, and how answers are judged.
        loss: loss type, clipping, KL and entropy.
        groups: how many completions of how many prompts.
        sampling: how completions are sampled.
        optimizer: learning rate and more.
        seed: of problems and tokens.
        folder: gets pictures of every group's best answer, None for no pictures.
        pictures_every: steps between steps with pictures, at least 1.
        rollout_workers: 0 samples in this process; else so many actors of a Ray cluster do, with
            the same result. See ``RaySampler``.

    Raises:
        ValueError: a value out of its range.
        gymnasium.error.DependencyNotInstalled: workers are wanted, and ray is missing.
    """

    def __init__(
        self,
        policy: VlmPolicy,
        problems: Problems,
        *,
        loss: LossSettings | None = None,
        groups: GroupSettings | None = None,
        sampling: SamplingSettings | None = None,
        optimizer: OptimizerSettings | None = None,
        seed: int = 0,
        folder: Path | None = None,
        pictures_every: int = 50,
        rollout_workers: int = 0,
    ) -> None:
        at_least("pictures_every", pictures_every, 1)
        at_least("rollout_workers", rollout_workers, 0)
        self._policy = policy
        self._loss = loss or LossSettings()
        self._groups = groups or GroupSettings()
        self._sampling = sampling or SamplingSettings()
        local = LocalSampler(policy, problems, self._groups, self._sampling, seed)
        self._sampler: Sampler = local
        if rollout_workers:
            self._sampler = RaySampler(local, self._groups, rollout_workers)
        self._recorder = RolloutRecorder(problems, folder, pictures_every)
        self.optimizer = Optimizer(policy.trainable(), optimizer or OptimizerSettings())
        self._reference = self._make_reference()

    def learn(self, step: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Do one step; see ``Learner``."""
        batches = self._sampler.batches(step)
        worth = advantages(rewards_of(batches), self._groups.group_size, self._groups.scale_rewards)
        figures = summary(batches, worth) | self._improve(step, batches, worth)
        return figures, self._recorder.record(step, batches, worth)

    def close(self) -> None:
        """End the workers, if there are any."""
        if isinstance(self._sampler, RaySampler):
            self._sampler.close()

    def _make_reference(self) -> VlmPolicy | None:
        """With adapters the reference is the model without them, and needs no memory."""
        if not self._loss.kl_coef or self._policy.has_adapters:
            return None
        frozen = deepcopy(self._policy.model).requires_grad_(False)
        return VlmPolicy(
            frozen, self._policy.processor, self._policy.special, self._policy.precision
        )

    def _improve(self, step: int, batches: list[Batch], worth: Tensor) -> dict[str, float]:
        logged: list[dict[str, float]] = []
        tokens = sum(int(batch.completions.mask.sum()) for batch in batches)
        parts = worth.split([len(batch.texts) for batch in batches])
        for _ in range(self._groups.epochs):
            for batch, part in zip(batches, parts, strict=True):
                # A batch whose groups all went equally well has no gradient.
                if part.any() or self._loss.kl_coef or self._loss.entropy_coef:
                    logged.append(self._backward(batch, part, len(batches), tokens))
            logged.append({"grad_norm": self.optimizer.update(step)})
        return _averaged(logged)

    def _backward(self, batch: Batch, worth: Tensor, batches: int, tokens: int) -> dict[str, float]:
        """Add a batch's gradients of the loss of the whole step."""
        completions, temperature = batch.completions, self._sampling.temperature
        log_probs, entropies = completion_log_probs(
            self._policy,
            batch.inputs,
            completions.tokens,
            temperature,
            entropy_gradient=self._loss.entropy_coef > 0,
        )
        found = policy_loss(
            self._loss,
            log_probs,
            # The first update is of the very policy that sampled: its ratios are 1.
            completions.log_probs if self._groups.epochs > 1 else None,
            worth.to(log_probs.device),
            completions.mask,
            ref_log_probs=self._reference_log_probs(batch, temperature),
            entropies=entropies,
            accumulation_steps=batches,
            num_tokens=tokens,
        )
        found.loss.backward()
        # The losses of the batches add up to that of the step.
        figures = {"loss": found.loss * batches, "clip_fraction": found.clip_fraction}
        figures |= {"entropy": found.entropy} if found.entropy is not None else {}
        figures |= {"kl": found.kl} if found.kl is not None else {}
        return {name: float(value.detach()) for name, value in figures.items()}

    @torch.no_grad()
    def _reference_log_probs(self, batch: Batch, temperature: float) -> Tensor | None:
        if not self._loss.kl_coef:
            return None
        asked = batch.inputs, batch.completions.tokens, temperature
        if self._reference is not None:
            return completion_log_probs(self._reference, *asked)[0]
        with self._policy.model.disable_adapter():
            return completion_log_probs(self._policy, *asked)[0]


def _averaged(lines: Sequence[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure over the lines that have it."""
    names = dict.fromkeys(name for line in lines for name in line)
    return {name: float(np.mean([line[name] for line in lines if name in line])) for name in names}
