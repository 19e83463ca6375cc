"""A photo that did not come out well, and the user's complaint about it."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.success import keep_checklist
from editenv.tasks.language import complaint
from editenv.tasks.look import PixelEdit, run_pixel_edit
from editenv.tasks.photo_edits import (
    Mix,
    PhotoTasks,
    full_mask,
    photo_metadata,
    photo_sub_edit,
    run_photo_edits,
)
from editenv.tasks.scene import Scene
from editenv.tools import OPERATIONS
from editenv.types import EditTask, Image

DEVELOPED = ("exposure", "white_balance", "contrast", "saturation")
"""Tools that mend faults of a photo, in the order in which a retoucher works."""

OPPOSITES = {name: faults.opposites for name in DEVELOPED if (faults := OPERATIONS[name].faults)}
"""By tool and the option that mends a fault: the option that brings the fault about."""

CROPS = ("left", "right", "top", "bottom")
"""Crops are asked for by what is to be kept; the photo itself has no fault."""

MENU: dict[str, tuple[PixelEdit, ...]] = {
    "crop": tuple(("crop", side) for side in CROPS),
    **{tool: tuple((tool, option) for option in ways) for tool, ways in OPPOSITES.items()},
}
"""By fault, in the order in which a retoucher works."""

LEAST_CORRECTION = 0.013
"""Mean change that each edit must bring, as a share of the full range: from three grey levels on, a
change of colour over a whole photo shows."""

ASIDE = 0.42
"""An object whose middle lies within this share of the width belongs to that side alone."""

BY_OBJECT = 0.5
"""Share of the crops to a side that are asked for by the object there, where there is one."""


def spoil(photo: Image, faults: Mix) -> Image:
    """Bring about the faults that ``faults`` would mend, the last one first."""
    for tool, option in reversed(faults):
        if tool != "crop":
            photo = run_pixel_edit((tool, OPPOSITES[tool][option]), photo, full_mask(photo))
    return photo


def object_aside(scene: Scene) -> tuple[str, str] | None:
    """The label of a scene's only object and the side where it is; None in any other case."""
    if len(scene.objects) != 1:
        return None
    (item,) = scene.objects
    middle = (item.box[0] + item.box[2]) / 2 / scene.photo.shape[1]
    if ASIDE < middle < 1 - ASIDE:
        return None
    return item.label, "left" if middle <= ASIDE else "right"


class RetouchTasks(PhotoTasks):
    """One to three faults of exposure, white balance, contrast, saturation and framing."""

    name = "retouch"
    menu = MENU

    def task(
        self, rng: np.random.Generator, scene: Scene, photo: Image, mix: Mix
    ) -> EditTask | None:
        """Spoil the photo."""
        label = ""
        aside = object_aside(scene)
        if mix[0] in (("crop", "left"), ("crop", "right")) and aside and rng.random() < BY_OBJECT:
            label, side = aside
            if side != mix[0][1]:
                photo = cv2.flip(photo, 1)
        source = spoil(photo, mix)
        stages = run_photo_edits(source, mix, LEAST_CORRECTION)
        if stages is None:
            return None
        task = EditTask(
            source=source,
            instruction=complaint(rng, self.words, mix, label),
            sub_edits=tuple(photo_sub_edit(edit, source) for edit in mix),
            stages=stages,
            metadata=photo_metadata(self.name, self.split, mix),
        )
        return None if any(keep_checklist(task).start.done) else task
