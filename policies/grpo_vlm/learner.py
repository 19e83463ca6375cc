"""Group Relative Policy Optimization over a vision-language model."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from policies.grpo import LossSettings, advantages, policy_loss
from policies.grpo_vlm.generate import Completions, sample
from policies.grpo_vlm.logprobs import completion_log_probs
from policies.grpo_vlm.model import VlmPolicy
from policies.grpo_vlm.optimizer import Optimizer
from policies.grpo_vlm.pictures import save_strip
from policies.grpo_vlm.problems import Problem, Problems
from policies.grpo_vlm.prompts import Inputs, encode_prompts
from policies.grpo_vlm.settings import GroupSettings, OptimizerSettings, SamplingSettings
from policies.grpo_vlm.streams import TASKS, TOKENS, stream


@dataclass
class Batch:
    """Some groups of one step, which pass the model at once.

    Attributes:
        problems: one a group.
        inputs: their prompts.
        completions: those of a problem side by side.
        texts: of the completions.
        results: what ``Problems.score`` said of each.
    """

    problems: list[Problem]
    inputs: Inputs
    completions: Completions
    texts: list[str]
    results: list[dict[str, Any]]


class GrpoLearner:
    """One step: sample groups of answers, score what they do, make the better ones more probable.

    The algorithm is that of Shao et al., 2024, *DeepSeekMath*, arXiv:2402.03300; the loss is the
    one of ``policies.grpo``. Where ImageEdit-R1 compares answers with annotations, the reward here
    may also be what the edited picture scores.

    Args:
        policy: learns.
        problems: what is asked, and how answers are judged.
        loss: loss type, clipping, KL and entropy.
        groups: how many completions of how many prompts.
        sampling: how completions are sampled.
        optimizer: learning rate and more.
        seed: of problems and tokens.
        folder: gets a strip of pictures of every group's best answer, ``None`` for no pictures.
        pictures_every: steps between steps with pictures.
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
    ) -> None:
        self._policy = policy
        self._problems = problems
        self._loss = loss or LossSettings()
        self._groups = groups or GroupSettings()
        self._sampling = sampling or SamplingSettings()
        self._seed = seed
        self._folder = folder
        self._pictures_every = pictures_every
        self.optimizer = Optimizer(policy.trainable(), optimizer or OptimizerSettings())
        self._reference = self._make_reference()

    def learn(self, step: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Do one step; see ``Learner``."""
        batches = self._sample(step)
        results = [result for batch in batches for result in batch.results]
        rewards = torch.tensor([result["reward"] for result in results], dtype=torch.float32)
        worth = advantages(rewards, self._groups.group_size, self._groups.scale_rewards)
        figures = self._figures(batches, rewards, worth) | self._improve(step, batches, worth)
        return figures, self._record(step, batches, worth)

    def _make_reference(self) -> VlmPolicy | None:
        """With adapters the reference is the model without them, and needs no memory."""
        if not self._loss.kl_coef or self._policy.has_adapters:
            return None
        frozen = deepcopy(self._policy.model).requires_grad_(False)
        return VlmPolicy(
            frozen, self._policy.processor, self._policy.special, self._policy.precision
        )

    def _sample(self, step: int) -> list[Batch]:
        count = self._groups.groups_per_batch
        numbers = list(range(self._groups.num_groups))
        return [
            self._sample_batch(step, numbers[first : first + count])
            for first in range(0, len(numbers), count)
        ]

    def _sample_batch(self, step: int, numbers: Sequence[int]) -> Batch:
        policy, size = self._policy, self._groups.group_size
        problems = [self._problems.draw(stream(self._seed, TASKS, step, n)) for n in numbers]
        inputs = encode_prompts(policy.processor, problems, policy.device)
        shape = (size, self._sampling.max_new_tokens)
        noise = [
            stream(self._seed, TOKENS, step, n).random(shape, dtype=np.float32) for n in numbers
        ]
        completions = sample(
            policy, inputs, torch.from_numpy(np.concatenate(noise)), self._sampling
        )
        texts = policy.decode(completions.tokens, completions.mask)
        results = [
            result
            for place, problem in enumerate(problems)
            for result in self._problems.score(problem, texts[place * size : (place + 1) * size])
        ]
        return Batch(problems, inputs, completions, texts, results)

    def _improve(self, step: int, batches: list[Batch], worth: Tensor) -> dict[str, float]:
        logged: list[dict[str, float]] = []
        tokens = sum(int(batch.completions.mask.sum()) for batch in batches)
        parts = worth.split([len(batch.texts) for batch in batches])
        for _ in range(self._groups.epochs):
            for batch, part in zip(batches, parts, strict=True):
                if part.any() or self._loss.kl_coef or self._loss.entropy_coef:
                    logged.append(self._backward(batch, part, len(batches), tokens))
            logged.append({"grad_norm": self.optimizer.update(step)})
        names = dict.fromkeys(name for line in logged for name in line)
        return {
            name: float(np.mean([line[name] for line in logged if name in line])) for name in names
        }

    def _backward(self, batch: Batch, worth: Tensor, batches: int, tokens: int) -> dict[str, float]:
        """Add a batch's gradients of the loss of the whole step."""
        completions, temperature = batch.completions, self._sampling.temperature
        log_probs, entropies = completion_log_probs(
            self._policy, batch.inputs, completions.tokens, temperature
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
        figures = {"loss": found.loss, "clip_fraction": found.clip_fraction}
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

    def _figures(self, batches: list[Batch], rewards: Tensor, worth: Tensor) -> dict[str, float]:
        results = [result for batch in batches for result in batch.results]
        scored = [r for r, reward in zip(results, rewards, strict=True) if not reward.isnan()]
        lengths = torch.cat([batch.completions.mask.sum(1) for batch in batches]).float()
        figures = {
            "reward": float(rewards.nanmean()),
            "success": float(np.mean([bool(r.get("is_success")) for r in scored] or [0.0])),
            "completion_tokens": float(lengths.mean()),
            "useful": float((worth != 0).float().mean()),
            "unscored": float(rewards.isnan().sum()),
        }
        for name in scored[0]["reward_terms"] if scored else ():
            mean = np.mean([result["reward_terms"][name] for result in scored])
            figures[f"reward_{name}"] = float(mean)
        return figures

    def _record(self, step: int, batches: list[Batch], worth: Tensor) -> list[dict[str, Any]]:
        """One line a completion; in some steps also the pictures of each group's best."""
        size, lines, group = self._groups.group_size, [], 0
        shown = self._folder is not None and step % self._pictures_every == 0
        for batch in batches:
            for place, problem in enumerate(batch.problems):
                rows = range(place * size, (place + 1) * size)
                best = max(rows, key=lambda row: _or_least(batch.results[row]["reward"]))
                picture = None
                if shown:
                    picture = self._save_pictures(step, group, problem, batch.texts[best])
                for row in rows:
                    result = batch.results[row]
                    line = {
                        "group": group,
                        "problem": problem.index,
                        "text": batch.texts[row],
                        "reward": _finite(result["reward"]),
                        "advantage": float(worth[group * size + row - rows[0]]),
                        "reward_terms": result["reward_terms"],
                        "is_success": bool(result.get("is_success")),
                    }
                    lines.append(line | ({"picture": picture} if row == best and picture else {}))
                group += 1
        return lines

    def _save_pictures(self, step: int, group: int, problem: Problem, text: str) -> str:
        assert self._folder is not None
        name = f"step{step + 1:06d}_group{group:03d}.png"
        save_strip(self._problems.pictures(problem, text), self._folder / name)
        return name


def _or_least(reward: float) -> float:
    return -np.inf if np.isnan(reward) else reward


def _finite(reward: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(reward) else float(reward)
