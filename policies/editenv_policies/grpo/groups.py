"""Advantages relative to a group: the mean of a group's rewards takes the place of a critic."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor

ScaleRewards = Literal["group", "batch", "none"]

SCALE_REWARDS: tuple[str, ...] = get_args(ScaleRewards)

EPSILON = 1e-4
"""Added to the standard deviation, as in TRL, so that equal rewards do not divide by zero."""


def advantages(rewards: Tensor, group_size: int, scale_rewards: ScaleRewards = "group") -> Tensor:
    r"""Compare every reward with the others of its group.

    With the scored samples of a group :math:`g`, a sample :math:`i` of it gets

    .. math:: A_i = (r_i - \operatorname{mean}(r_g)) / (\sigma + 10^{-4})

    where :math:`\sigma` is the standard deviation (with Bessel's correction) of the group's scored
    rewards (``"group"``; Shao et al. 2024, arXiv:2402.03300, section 4.1.2), or of all scored
    rewards (``"batch"``; Liu et al. 2025, arXiv:2508.08221); with ``"none"`` nothing is divided
    (Dr. GRPO; Liu et al. 2025, arXiv:2503.20783). These are the definitions of TRL 1.16.

    A sample that could not be scored (the tool or the judge failed) has NaN as its reward. It
    counts neither in the mean nor in the deviation, and its advantage is 0: it teaches nothing,
    where a made-up reward would teach something wrong. A group with fewer than two scored samples
    has nothing to compare and gets zeros.

    Args:
        rewards: (num_groups * group_size,) float, the samples of a group next to each other; NaN
            where a sample could not be scored.
        group_size: samples of a group, at least 2.
        scale_rewards: ``"group"``, ``"batch"`` or ``"none"``.

    Returns:
        (num_groups * group_size,) advantages of the same dtype, without NaN.

    Raises:
        ValueError: if an argument is not as described, or a reward is infinite.

    Example:
        >>> import torch
        >>> advantages(torch.tensor([1.0, 0.0, float("nan"), 5.0, 5.0, 8.0]), 3, "none")
        tensor([ 0.5000, -0.5000,  0.0000, -1.0000, -1.0000,  2.0000])
    """
    _check(rewards, group_size, scale_rewards)
    groups = rewards.unflatten(0, (-1, group_size))
    centred = groups - groups.nanmean(dim=1, keepdim=True)
    if scale_rewards == "group":
        centred = centred / (_nanstd(groups, dim=1) + EPSILON)
    elif scale_rewards == "batch":
        centred = centred / (_nanstd(rewards, dim=0) + EPSILON)
    return centred.nan_to_num(nan=0.0).flatten()


def _nanstd(values: Tensor, dim: int) -> Tensor:
    """Return the deviation of what is not NaN along ``dim``, kept; NaN for a single value."""
    squares = (values - values.nanmean(dim, keepdim=True)).square()
    count = values.isnan().logical_not().sum(dim, keepdim=True)
    return (squares.nansum(dim, keepdim=True) / (count - 1)).sqrt()


def _check(rewards: Tensor, group_size: int, scale_rewards: str) -> None:
    if scale_rewards not in SCALE_REWARDS:
        raise ValueError(f"scale_rewards is {scale_rewards!r}; accepted: {SCALE_REWARDS}")
    if group_size < 2:
        raise ValueError(f"group_size is {group_size}; accepted: at least 2")
    if rewards.dim() != 1 or not rewards.is_floating_point() or len(rewards) % group_size:
        raise ValueError(
            f"rewards has shape {tuple(rewards.shape)} and dtype {rewards.dtype}; accepted: "
            f"(num_groups * {group_size},) of a float dtype"
        )
    if rewards.isinf().any():
        raise ValueError(
            f"rewards has infinite values, {rewards[rewards.isinf()].tolist()}; accepted: finite "
            "numbers, and NaN for a sample that could not be scored"
        )
