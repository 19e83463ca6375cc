"""A perfect detector: it is told what is in the picture."""

from __future__ import annotations

import numpy as np

from editenv.grounders.base import Slots, into_slots
from editenv.types import EditTask


class SceneGrounder:
    """Proposes ``task.regions`` as they are: exact masks, right labels, nothing missed.

    This is the ceiling of what detection can give, not a detector: for a picture without regions
    it proposes only the whole image. `NoisyGrounder` makes it err, `PixelGrounder` looks at pixels.
    """

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal the task's own regions into random slots; see `Grounder.propose`."""
        height, width = task.source.shape[:2]
        return into_slots(task.regions, height, width, rng, slots)
