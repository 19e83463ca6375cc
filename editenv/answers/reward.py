"""The reward of answers: a named, weighted sum of terms."""

from __future__ import annotations

from collections.abc import Mapping

from editenv.answers.scorer import Standing
from editenv.answers.terms import TERMS
from editenv.rewards.reward import checked_weights

PRESETS: dict[str, dict[str, float]] = {
    # ImageEdit-R1 gives its terms, but not their weights; equal ones are a guess.
    "paper": {"format": 0.25, "action": 0.25, "subject": 0.25, "goal": 0.25},
    # The picture outweighs all words: no answer that misses it scores like one that gets it.
    "outcome": {"format": 0.1, "action": 0.1, "subject": 0.1, "goal": 0.1, "image": 0.6},
    # For pictures without ground truth.
    "judged": {"format": 0.1, "judge": 0.9},
}
"""Weight by term, by preset; each sums to 1, which is also the best that can be reached."""


class AnswerReward:
    """A named, weighted sum.

    Args:
        weights: weight by name of term; see ``editenv.answers.TERMS``.

    Raises:
        ValueError: an unknown term, or a weight that is no finite number.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = checked_weights(weights, TERMS)

    def __call__(self, standing: Standing) -> dict[str, float]:
        """Return each term times its weight; their sum is what the answers are worth."""
        return {name: weight * TERMS[name](standing) for name, weight in self.weights.items()}


def make_answer_reward(reward: str | Mapping[str, float] | AnswerReward) -> AnswerReward:
    """Build a reward.

    Args:
        reward: a preset's name, weights by term (terms left out weigh nothing), or a reward.

    Raises:
        ValueError: an unknown preset or term, or a bad weight.
    """
    if isinstance(reward, AnswerReward):
        return reward
    if isinstance(reward, Mapping):
        return AnswerReward(reward)
    if not isinstance(reward, str) or reward not in PRESETS:
        raise ValueError(
            f"reward={reward!r} is unknown: choose from {sorted(PRESETS)} or give weights by term"
        )
    return AnswerReward(PRESETS[reward])
