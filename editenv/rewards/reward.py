"""A reward is a weighted sum of named terms."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from numbers import Real

from editenv.rewards.terms import TERMS
from editenv.transition import Transition


class Reward:
    """A named, weighted sum.

    Args:
        weights: weight by name of term; see ``editenv.rewards.TERMS``.

    Raises:
        ValueError: an unknown term, or a weight that is no finite number.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = checked_weights(weights, TERMS)

    def __call__(self, transition: Transition) -> dict[str, float]:
        """Return each term times its weight; the reward is ``sum(terms.values())``."""
        return {
            name: weight * float(TERMS[name](transition)) for name, weight in self.weights.items()
        }


def checked_weights(weights: Mapping[str, float], terms: Collection[str]) -> dict[str, float]:
    """Return a copy of ``weights`` by name of term.

    Raises:
        ValueError: an unknown term, a weight that is no finite number, or an infinite sum.
    """
    for name, weight in weights.items():
        if name not in terms:
            raise ValueError(f"reward term {name!r} is unknown: choose from {sorted(terms)}")
        if isinstance(weight, bool) or not isinstance(weight, Real):
            raise ValueError(f"reward weight {name}={weight!r} must be a number")
        if not math.isfinite(_as_float(weight)):
            raise ValueError(f"reward weight {name}={weight!r} must be finite")
    found = {name: float(weight) for name, weight in weights.items()}
    if not math.isfinite(sum(map(abs, found.values()))):
        raise ValueError(f"reward weights {found} must have a finite sum")
    return found


def _as_float(number: Real) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf
