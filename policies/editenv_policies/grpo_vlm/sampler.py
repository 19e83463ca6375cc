"""Where a step's answers come from: sampled in this process, or by actors of a Ray cluster.

A batch is a function of the weights, the step and the numbers of its groups, so that it is the
same whoever makes it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch

from editenv.optional import import_optional
from editenv_policies.grpo_vlm.generate import Completions, sample
from editenv_policies.grpo_vlm.model import VlmPolicy
from editenv_policies.grpo_vlm.problems import Problems
from editenv_policies.grpo_vlm.prompts import encode_prompts
from editenv_policies.grpo_vlm.rollouts import Batch
from editenv_policies.grpo_vlm.settings import GroupSettings, SamplingSettings, at_least
from editenv_policies.grpo_vlm.streams import TASKS, TOKENS, stream

RETRIES = 3
"""How often a batch is made anew where its worker died."""


class Sampler(Protocol):
    """Makes the batches of a step."""

    def batches(self, step: int) -> list[Batch]:
        """Return the batches of a step, in the order of their groups."""
        ...


class LocalSampler:
    """Samples in this process.

    Args:
        policy: writes the answers.
        problems: what is asked, and how answers are judged.
        groups: how many completions of how many prompts.
        sampling: how completions are sampled.
        seed: of problems and tokens.
    """

    def __init__(
        self,
        policy: VlmPolicy,
        problems: Problems,
        groups: GroupSettings,
        sampling: SamplingSettings,
        seed: int,
    ) -> None:
        self.policy = policy
        self._problems = problems
        self._groups = groups
        self._sampling = sampling
        self._seed = seed

    def batches(self, step: int) -> list[Batch]:
        """Sample one batch after the other."""
        return [self.batch(step, numbers) for numbers in parts_of(self._groups)]

    def batch(self, step: int, numbers: Sequence[int]) -> Batch:
        """Sample the groups with these numbers."""
        policy, size = self.policy, self._groups.group_size
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


class RaySampler:
    """Spreads the batches of a step over actors, each with a copy of the policy and the problems.

    The weights go to the actors at every step. A worker that dies starts again, and its batch is
    made anew. What is sampled is what ``LocalSampler`` samples.

    Args:
        local: what the actors get; it must pickle, problems and tools included.
        groups: as of ``local``; more workers than ``num_groups / groups_per_batch`` find no work.
        workers: how many actors, at least 1. Each takes a CPU of the cluster, and a GPU where the
            policy is on one.

    Raises:
        ValueError: no workers, or more than there are batches.
        gymnasium.error.DependencyNotInstalled: ray is missing.
    """

    def __init__(self, local: LocalSampler, groups: GroupSettings, workers: int) -> None:
        at_least("rollout_workers", workers, 1)
        self._parts = parts_of(groups)
        if workers > len(self._parts):
            raise ValueError(
                f"rollout_workers={workers} must be at most the batches of a step, "
                f"num_groups / groups_per_batch = {len(self._parts)}"
            )
        self._ray: Any = import_optional("ray", "'editenv[ray]'", "rollout_workers")
        self._policy = local.policy
        options: dict[str, Any] = {
            "num_cpus": 1,
            "num_gpus": 1 if self._policy.device.type == "cuda" else 0,
            "max_restarts": -1,
            "max_task_retries": RETRIES,
        }
        # Kept here: a worker that starts again takes it from the object store once more.
        self._local = self._ray.put(local)
        kind = self._ray.remote(_Worker).options(**options)
        threads = torch.get_num_threads()
        self._workers = [kind.remote(self._local, threads) for _ in range(workers)]

    def batches(self, step: int) -> list[Batch]:
        """Sample side by side.

        Raises:
            ComponentDown: as in this process, if a tool or the judge is down in a worker.
        """
        weights = self._ray.put({n: p.detach().cpu() for n, p in self._policy.trainable().items()})
        calls = [
            self._workers[n % len(self._workers)].batch.remote(weights, step, numbers)
            for n, numbers in enumerate(self._parts)
        ]
        return [_moved(batch, self._policy.device) for batch in self._ray.get(calls)]

    def close(self) -> None:
        """End the actors."""
        for worker in self._workers:
            self._ray.kill(worker)


class _Worker:
    """Samples with the weights that it is given."""

    def __init__(self, local: LocalSampler, threads: int) -> None:
        # Sums of products depend on how many threads share them.
        torch.set_num_threads(threads)
        self._local = local

    def pid(self) -> int:
        return os.getpid()

    def batch(self, weights: dict[str, torch.Tensor], step: int, numbers: Sequence[int]) -> Batch:
        with torch.no_grad():
            for name, parameter in self._local.policy.trainable().items():
                parameter.copy_(weights[name])
        return _moved(self._local.batch(step, numbers), torch.device("cpu"))


def parts_of(groups: GroupSettings) -> list[range]:
    """Return the numbers of the groups of each batch."""
    count = groups.groups_per_batch
    return [range(first, first + count) for first in range(0, groups.num_groups, count)]


def _moved(batch: Batch, device: torch.device) -> Batch:
    """Put a batch on a device."""
    done = batch.completions
    completions = Completions(*(t.to(device) for t in (done.tokens, done.mask, done.log_probs)))
    inputs = {name: value.to(device) for name, value in batch.inputs.items()}
    return replace(batch, inputs=inputs, completions=completions)
