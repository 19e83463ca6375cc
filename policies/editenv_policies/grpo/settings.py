"""What a policy loss is made of, checked once when a trainer is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

LossType = Literal["grpo", "dr_grpo", "dapo", "bnpo", "gspo"]

LOSS_TYPES: tuple[str, ...] = get_args(LossType)


@dataclass(frozen=True)
class LossSettings:
    r"""The loss type and its constants; the defaults are TRL's, except for ``kl_unbiased``.

    Args:
        loss_type: how tokens are weighed against each other, see ``editenv_policies.grpo.losses``.
        clip_range: the ratio is clipped at 1 - clip_range from below, in [0, 1]. GSPO's ratio
            moves far less than a token's: its paper takes 3e-4, and 4e-4 for ``clip_range_high``.
        clip_range_high: and at 1 + clip_range_high from above, at least 0; ``None``: as
            ``clip_range``. DAPO's "clip-higher" takes 0.28.
        delta: bound of the ratio where the advantage is negative, which the minimum of the clipped
            loss leaves unbounded; above 1 + ``clip_range_high``, or ``None`` for no bound
            (two-sided clipping of INTELLECT-2, arXiv:2505.07291).
        kl_coef: weight :math:`\beta` of the KL divergence from the reference, at least 0.
        kl_unbiased: whether a token's KL is multiplied by the importance ratio, which makes the
            gradient of its mean that of the reverse KL (DeepSeek-V3.2, arXiv:2512.02556). GRPO's
            paper does not; TRL's ``use_bias_correction_kl`` does unless told otherwise.
        entropy_coef: weight of the entropy, which is subtracted from the loss, at least 0.
        max_length: the longest possible sequence in tokens, the constant that ``"dr_grpo"``
            divides by; only needed there.

    Raises:
        ValueError: if a value is out of its range, or ``max_length`` is missing.
    """

    loss_type: LossType = "dapo"
    clip_range: float = 0.2
    clip_range_high: float | None = None
    delta: float | None = None
    kl_coef: float = 0.0
    kl_unbiased: bool = False
    entropy_coef: float = 0.0
    max_length: int | None = None

    @property
    def ratio_bounds(self) -> tuple[float, float]:
        """Between which the ratio is not clipped."""
        high = self.clip_range if self.clip_range_high is None else self.clip_range_high
        return 1 - self.clip_range, 1 + high

    def __post_init__(self) -> None:
        if self.loss_type not in LOSS_TYPES:
            raise ValueError(f"loss_type is {self.loss_type!r}; accepted: {LOSS_TYPES}")
        if not 0 <= self.clip_range <= 1:
            raise ValueError(f"clip_range is {self.clip_range}; accepted: 0 to 1")
        for name in ("clip_range_high", "kl_coef", "entropy_coef"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise ValueError(f"{name} is {value}; accepted: at least 0")
        bound = self.ratio_bounds[1]
        if self.delta is not None and not self.delta > bound:
            raise ValueError(
                f"delta is {self.delta}; accepted: None, or above 1 + clip_range_high = {bound}"
            )
        if self.loss_type == "dr_grpo" and self.max_length is None:
            raise ValueError("max_length is None; accepted for loss_type 'dr_grpo': at least 1")
        if self.max_length is not None and self.max_length < 1:
            raise ValueError(f"max_length is {self.max_length}; accepted: None, or at least 1")
