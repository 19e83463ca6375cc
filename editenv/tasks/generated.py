"""The common part of all generated tasks: draw until a task makes sense."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from editenv.tasks.source import SPLITS
from editenv.types import EditTask

ATTEMPTS = 400
"""Most families need one to five draws; this many without a task is a defect of the family."""


class GeneratedTasks(ABC):
    """An endless, seeded source of tasks.

    Args:
        split: ``"train"``, ``"validation"`` or ``"test"``.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.

    Raises:
        ValueError: an unknown split.
    """

    name: str

    def __init__(self, split: str, height: int, width: int) -> None:
        if split not in SPLITS:
            raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
        self.split = split
        self.height = height
        self.width = width

    def draw_theme(self, rng: np.random.Generator) -> str | None:
        """Choose what every attempt at one task is about, so that hard kinds don't get rare."""
        return None

    @abstractmethod
    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once; None when the draw makes no sensible task."""

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task."""
        theme = self.draw_theme(rng)
        for _ in range(ATTEMPTS):
            task = self.attempt(rng, theme)
            if task is not None:
                return task
        raise RuntimeError(f"{self.name}: no task in {ATTEMPTS} draws")

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index`` of this split.

        Raises:
            IndexError: a negative index.
        """
        if index < 0:
            raise IndexError(f"index={index} must not be negative")
        return self.sample(np.random.default_rng([SPLITS.index(self.split), index]))
