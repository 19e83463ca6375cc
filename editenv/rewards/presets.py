"""Named rewards."""

from __future__ import annotations

from collections.abc import Mapping

from editenv.rewards.reward import Reward

PRESETS: dict[str, dict[str, float]] = {
    # A random edit must not cost more than it can earn, or a beginner learns to do nothing; an
    # invalid call or a hasty submit must cost more than a random edit.
    "shaped": {
        "distance": 0.25,
        "sub_edits": 1.0,
        "plan": 1.0,
        "collateral": 0.1,
        "step": 0.01,
        "invalid": 0.1,
        "submit": 1.0,
    },
    "sparse": {"submit": 1.0},
    "judged": {"judge": 1.0, "step": 0.01, "invalid": 0.1},
}
"""Weight by term, by preset."""


def make_reward(reward: str | Mapping[str, float] | Reward) -> Reward:
    """Build a reward.

    Args:
        reward: a preset's name, weights by term (terms left out weigh nothing), or a reward.

    Raises:
        ValueError: an unknown preset or term, or a bad weight.
    """
    if isinstance(reward, Reward):
        return reward
    if isinstance(reward, Mapping):
        return Reward(reward)
    if not isinstance(reward, str) or reward not in PRESETS:
        raise ValueError(
            f"reward={reward!r} is unknown: choose from {sorted(PRESETS)} or give weights by term"
        )
    return Reward(PRESETS[reward])
