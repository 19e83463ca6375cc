"""Faults of the test server, drawn by a seeded generator."""

from threading import Lock

import numpy as np

KINDS = (
    "rate_limit",
    "server_error",
    "reset",
    "hang",
    "drip",
    "truncated",
    "wrong_type",
    "not_an_image",
    "huge_image",
    "refusal",
)
"""What may go wrong. For those who ask there are also ``"moderation"``, another form of refusal,
and ``"drip_head"``, which never gets to the body."""


class Faults:
    """Draws whether and how the next request goes wrong.

    Args:
        share: of requests, 0 to 1.
        kinds: that are drawn, all equally likely.
        seed: of the draws, which follow the order of arrival.
    """

    def __init__(self, share=0.0, kinds=KINDS, seed=0):
        self.share, self.kinds = share, tuple(kinds)
        self.made = {kind: 0 for kind in self.kinds}
        self._rng, self._lock = np.random.default_rng(seed), Lock()

    def draw(self):
        """Return a kind, or None for a request that is answered well."""
        with self._lock:
            if self._rng.random() >= self.share:
                return None
            kind = self.kinds[self._rng.integers(len(self.kinds))]
            self.made[kind] += 1
            return kind
