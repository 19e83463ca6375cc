"""Where an episode of sliders stands, and how near that is to the target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from editenv.develop import Sliders, develop
from editenv.imaging.metrics import mean_error
from editenv.types import EditTask, Image

TOLERANCE = (0.03, 0.25)
"""Largest mean error of a success: as a share of the full range, and of the source's own error."""

LEAST_ERROR = 0.002
"""Half a grey level, which nobody sees: where a task asks for next to nothing."""

SOFTENING = 0.01
"""Added to errors before their logarithm, so that the last grey level does not count for most."""


@dataclass(frozen=True, eq=False)
class Progress:
    """One moment of an episode.

    Attributes:
        task: with its target.
        sliders: as they stand.
        canvas: (H, W, 3) uint8, what they make of the source.
        error: mean error of the canvas against the target, 0 to 1.
        first_error: the same of the source.
        steps: done so far.
    """

    task: EditTask
    sliders: Sliders
    canvas: Image
    error: float
    first_error: float
    steps: int = 0

    @classmethod
    def of(cls, task: EditTask, sliders: Sliders) -> Progress:
        """Begin a task that has a target."""
        assert task.target is not None
        error = mean_error(task.source, task.target)
        return cls(task, sliders, task.source.copy(), error, error)

    def after(self, sliders: Sliders) -> Progress:
        """Develop the source with other sliders."""
        assert self.task.target is not None
        canvas = np.asarray(develop(self.task.source, sliders), np.uint8)
        error = mean_error(canvas, self.task.target)
        return Progress(self.task, sliders, canvas, error, self.first_error, self.steps + 1)

    @property
    def bound(self) -> float:
        """The largest error that is a success."""
        share, own = TOLERANCE
        return max(min(share, own * self.first_error), LEAST_ERROR)

    @property
    def solved(self) -> bool:
        """Whether the canvas is near enough to the target."""
        return self.error <= self.bound

    @property
    def nearness(self) -> float:
        """0 for the source, more the nearer the canvas is to the target."""
        return math.log((self.first_error + SOFTENING) / (self.error + SOFTENING))
