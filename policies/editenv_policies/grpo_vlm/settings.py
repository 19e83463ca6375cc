"""What a training run is made of, checked once when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from editenv_policies.grpo import SCALE_REWARDS, ScaleRewards


@dataclass(frozen=True)
class SamplingSettings:
    """How completions are sampled.

    Args:
        max_new_tokens: a completion is cut after so many tokens, at least 1.
        temperature: logits are divided by it, above 0. Log-probabilities, here and in the loss, are
            those of the divided logits, as in TRL.
        top_p: only the most probable tokens that together reach this probability are sampled, in
            (0, 1]. Log-probabilities are those before this cut, as in TRL.

    Raises:
        ValueError: a value out of its range.
    """

    max_new_tokens: int = 128
    temperature: float = 1.0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        at_least("max_new_tokens", self.max_new_tokens, 1)
        above("temperature", self.temperature, 0.0)
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p={self.top_p!r} must be above 0 and at most 1")


@dataclass(frozen=True)
class OptimizerSettings:
    """AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101) with a linear warm-up.

    Args:
        learning_rate: after the warm-up, above 0.
        warmup_steps: over which the learning rate rises to it, at least 0.
        weight_decay: at least 0.
        max_grad_norm: gradients are scaled down to this length, above 0.

    Raises:
        ValueError: a value out of its range.
    """

    learning_rate: float = 1e-5
    warmup_steps: int = 0
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        above("learning_rate", self.learning_rate, 0.0)
        at_least("warmup_steps", self.warmup_steps, 0)
        at_least("weight_decay", self.weight_decay, 0.0)
        above("max_grad_norm", self.max_grad_norm, 0.0)

    def rate(self, step: int) -> float:
        """Return the learning rate of step 0, 1, ...: a function, so that it needs no state."""
        return self.learning_rate * min((step + 1) / (self.warmup_steps + 1), 1.0)


@dataclass(frozen=True)
class GroupSettings:
    """How many completions a step learns from.

    Args:
        group_size: completions of one prompt, at least 2.
        num_groups: prompts a step, at least 1.
        groups_per_batch: prompts that pass the model at once, a divisor of ``num_groups``; the
            gradients of the batches of a step are accumulated.
        epochs: updates by the same completions, at least 1.
        scale_rewards: ``"group"``, ``"batch"`` or ``"none"``, see
            ``editenv_policies.grpo.advantages``.

    Raises:
        ValueError: a value out of its range.
    """

    group_size: int = 8
    num_groups: int = 4
    groups_per_batch: int = 1
    epochs: int = 1
    scale_rewards: ScaleRewards = "group"

    def __post_init__(self) -> None:
        at_least("group_size", self.group_size, 2)
        for name in ("num_groups", "groups_per_batch", "epochs"):
            at_least(name, getattr(self, name), 1)
        if self.num_groups % self.groups_per_batch:
            # Batches of different size would have to be weighed differently in most loss types.
            raise ValueError(
                f"groups_per_batch={self.groups_per_batch} must divide num_groups={self.num_groups}"
            )
        if self.scale_rewards not in SCALE_REWARDS:
            raise ValueError(
                f"scale_rewards={self.scale_rewards!r} is unknown: choose from {SCALE_REWARDS}"
            )


@dataclass(frozen=True)
class LoraSettings:
    """Low-rank adapters (Hu et al., 2022, arXiv:2106.09685) in place of full fine-tuning.

    Args:
        rank: at least 1.
        alpha: the adapters' output is multiplied by alpha / rank, above 0.
        targets: what peft calls ``target_modules``: ``"all-linear"``, a regular expression, or
            names.
        exclude: what peft calls ``exclude_modules``; by default the image encoder stays as it is.

    Raises:
        ValueError: a value out of its range.
    """

    rank: int = 16
    alpha: float = 32.0
    targets: str | tuple[str, ...] = "all-linear"
    exclude: str | tuple[str, ...] | None = r".*vision.*|.*visual.*"

    def __post_init__(self) -> None:
        at_least("rank", self.rank, 1)
        above("alpha", self.alpha, 0.0)


def at_least(name: str, value: Any, least: float) -> None:
    """Check a number.

    Raises:
        ValueError: it is smaller, or no integer where ``least`` is one.
    """
    kinds = int if isinstance(least, int) else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not value >= least:
        kind = "an integer" if isinstance(least, int) else "a number"
        raise ValueError(f"{name}={value!r} must be {kind} of at least {least}")


def above(name: str, value: float, bound: float) -> None:
    """Check a number.

    Raises:
        ValueError: it is not greater than ``bound``.
    """
    if not value > bound:
        raise ValueError(f"{name}={value!r} must be above {bound}")
