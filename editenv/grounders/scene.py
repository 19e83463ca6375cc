"""A perfect detector: it is told what is in the picture."""

from __future__ import annotations

import numpy as np

from editenv.grounders.base import Slots, into_slots
from editenv.types import WHOLE_IMAGE, EditTask, Mask, Region


class SceneGrounder:
    """Proposes what is known, as it is: exact masks, right names, nothing missed. *Privileged*.

    This is the ceiling of what detection can give, not a detector, and what an agent does with it
    says nothing of seeing. Of a task without ``regions`` it proposes the masks of the sub-edits,
    called like their subjects: the answer itself. Where there are none either, it proposes only the
    whole image. `NoisyGrounder` makes it err; `ProposalGrounder` and `PixelGrounder` tell nothing.
    """

    privileged = True

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal what is known into random slots; see `Grounder.propose`."""
        height, width = task.source.shape[:2]
        return into_slots(known_regions(task), height, width, rng, slots)


def known_regions(task: EditTask) -> tuple[Region, ...]:
    """Return the task's regions, or where it has none one for each subject with a mask."""
    if task.regions:
        return task.regions
    masks: dict[str, Mask] = {}
    for edit in task.sub_edits:
        if edit.mask is not None and edit.subject != WHOLE_IMAGE:
            masks.setdefault(edit.subject, edit.mask)
    return tuple(Region.from_mask(name, mask) for name, mask in masks.items() if (mask > 127).any())
