"""Random numbers as a function of where a run stands.

A generator that is made anew from (seed, step, ...) has no state to save: a run that goes on from a
checkpoint draws what an unbroken one would have drawn, and what is sampled for a group does not
depend on which groups share its batch.
"""

from __future__ import annotations

import numpy as np

TASKS, TOKENS = 0, 1
"""What numbers are drawn for; no two purposes share a stream."""


def stream(seed: int, purpose: int, *position: int) -> np.random.Generator:
    """Return the generator of a purpose at a position.

    Args:
        seed: of the run, at least 0.
        purpose: ``TASKS`` or ``TOKENS``.
        position: such as the step and the group, each at least 0.
    """
    return np.random.default_rng([seed, purpose, *position])
