"""Many small random choices at little cost."""

from __future__ import annotations

import numpy as np

_BLOCK = 64


class Draws:
    """Uniform numbers from a generator, drawn in blocks: single draws would cost more than masks.

    Args:
        rng: source of all randomness.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[float] = []

    def __call__(self, low: float = 0.0, high: float = 1.0) -> float:
        """Return a number from ``low`` to ``high``."""
        if not self._left:
            self._left = self._rng.random(_BLOCK).tolist()
        return low + (high - low) * self._left.pop()

    def below(self, count: int) -> int:
        """Return an integer from 0 to ``count - 1``."""
        return int(self() * count)

    def sign(self) -> int:
        """Return -1 or 1."""
        return 1 if self() < 0.5 else -1
