"""The common part of all generated tasks: draw until a task makes sense."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.clauses import Clause
from editenv.tasks.scene import Scene
from editenv.tasks.source import SPLITS
from editenv.tasks.stage import cast_of
from editenv.types import EditTask

ATTEMPTS = 100
"""Most families need one to five draws; hardly any theme needs so many."""

THEMES = 50
"""So many themes in a row without a task are a defect of the family."""


class GeneratedTasks(ABC):
    """An endless, seeded source of tasks.

    Args:
        split: one of ``SPLITS``.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.
        material: of the scenes: ``"photo"``, ``"emoji"`` or ``"folder:PATH"``.

    Raises:
        ValueError: an unknown split or material, or a folder that cannot be used.
    """

    name: str

    def __init__(self, split: str, height: int, width: int, *, material: str = "photo") -> None:
        if split not in SPLITS:
            raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
        cast_of(material, split)  # A wrong material is refused now, not at the first task.
        self.split = split
        self.material = material
        self.height = height
        self.width = width

    @property
    def words(self) -> str:
        """The split whose wording is used."""
        return "test" if self.split == "novel" else self.split

    def arrange(
        self,
        rng: np.random.Generator,
        count: int,
        *,
        twin: int = 0,
        actions: Sequence[str] = (),
    ) -> Scene:
        """Build a scene of this split in which ``actions`` can be asked for.

        See ``editenv.tasks.arrange.arrange``.
        """
        return arrange(
            rng,
            self.split,
            self.height,
            self.width,
            count=count,
            twin=twin,
            material=self.material,
            actions=actions,
        )

    def metadata(self, scene: Scene, clauses: Sequence[Clause], **further: Any) -> dict[str, Any]:
        """Return what is kept with a task: where it comes from, and how it was made."""
        origin = {"family": self.name, "split": self.split}
        return {**origin, **further, "clauses": tuple(clauses), "scene": scene}

    def draw_theme(self, rng: np.random.Generator) -> Any:
        """Choose what every attempt at one task is about, so that hard kinds don't get rare."""
        return None

    @abstractmethod
    def attempt(self, rng: np.random.Generator, theme: Any) -> EditTask | None:
        """Draw once; None when the draw makes no sensible task."""

    def sample(self, rng: np.random.Generator) -> EditTask:
        """Draw a task; the same state of ``rng`` gives the same task."""
        for _ in range(THEMES):
            theme = self.draw_theme(rng)
            for _ in range(ATTEMPTS):
                task = self.attempt(rng, theme)
                if task is not None:
                    return task
        raise RuntimeError(f"{self.name}: no task in {THEMES} x {ATTEMPTS} draws")

    def __getitem__(self, index: int) -> EditTask:
        """Return task number ``index`` of this split.

        Raises:
            IndexError: a negative index.
        """
        if index < 0:
            raise IndexError(f"index={index} must not be negative")
        return self.sample(np.random.default_rng([SPLITS.index(self.split), index]))
