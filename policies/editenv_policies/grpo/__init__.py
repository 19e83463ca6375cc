"""Group-relative policy optimisation: advantages and losses that all its trainers share."""

from editenv_policies.grpo.groups import SCALE_REWARDS, ScaleRewards, advantages
from editenv_policies.grpo.losses import PolicyLoss, policy_loss
from editenv_policies.grpo.settings import LOSS_TYPES, LossSettings, LossType

__all__ = [
    "LOSS_TYPES",
    "SCALE_REWARDS",
    "LossSettings",
    "LossType",
    "PolicyLoss",
    "ScaleRewards",
    "advantages",
    "policy_loss",
]
