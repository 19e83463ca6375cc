"""A drawn photo, 140 x 100, whose things are known: a green cup and a red ladybug at a wall."""

from __future__ import annotations

import numpy as np

from editenv.types import Region

WALL, CUP, BALL = (90, 100, 110), (slice(20, 60), slice(20, 50)), (slice(50, 80), slice(90, 120))
"""The wall's colour, and where the cup and the ladybug are."""


def draw():
    """Return the photo, with the grain of a real one."""
    drawn = np.empty((100, 140, 3))
    drawn[:] = WALL
    drawn[CUP] = (60, 130, 70)
    drawn[BALL] = (190, 40, 40)
    drawn += np.random.default_rng(0).normal(0, 6, drawn.shape)
    return np.clip(drawn, 0, 255).astype(np.uint8)


def mask_of(place):
    """Return the mask of a part of it."""
    mask = np.zeros((100, 140), np.uint8)
    mask[place] = 255
    return mask


class Detector:
    """Stands for a detector: knows where the things are."""

    closed = False

    def propose(self, task, rng, slots):
        """Return them with the background, in fixed slots."""
        cup, ladybug = mask_of(CUP), mask_of(BALL)
        return (
            Region.whole(100, 140),
            Region.from_mask("cup", cup),
            Region.from_mask("ladybug", ladybug),
            Region.from_mask("background", 255 - cup - ladybug),
            *[None] * (slots - 4),
        )

    def close(self):
        """Remember it."""
        self.closed = True
