"""A degraded photo to be restored with a box of tools, after RL-Restore (Yu et al., CVPR 2018)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from editenv.imaging import degrade
from editenv.imaging.restore import USUAL_SIDE
from editenv.success import keep_checklist
from editenv.tasks.language import complaint
from editenv.tasks.look import PixelEdit
from editenv.tasks.photo_edits import (
    Mix,
    PhotoTasks,
    photo_metadata,
    photo_sub_edit,
    run_photo_edits,
)
from editenv.tasks.scene import Scene
from editenv.tools import make_tool
from editenv.types import EditTask, Image

LEAST_REPAIR = 0.007
"""Mean change that each repair must bring, as a share of the full range: from nearly two grey
levels on grain, blocks and soft edges show. Larger pictures have more smooth parts, where neither
does harm: there it shrinks with the root of the side."""


def _edits(*tools: str) -> tuple[PixelEdit, ...]:
    return tuple((tool, option) for tool in tools for option in make_tool(tool).options)


MENU = {
    "noise": _edits("denoise_guided", "denoise_median"),
    "blocks": _edits("deblock"),
    "blur": _edits("deblur"),
    "low light": _edits("low_light"),
}
"""By fault, the last to come about first: too little light, a lens out of focus, compression, and
a noisy copy. Noise comes last since compression would wipe it out: nobody could see that it was
there, and what it leaves behind no denoiser mends."""

DEGRADATIONS: dict[str, Callable[..., Image]] = {
    "low_light": degrade.darken,
    "deblur": degrade.gaussian_blur,
    "deblock": degrade.jpeg,
    "denoise_guided": degrade.gaussian_noise,
    "denoise_median": degrade.impulse_noise,
}
"""By the tool that mends it."""


def degraded(rng: np.random.Generator, photo: Image, mix: Mix) -> Image:
    """Bring about the faults that ``mix`` mends, the last one first."""
    for tool, option in reversed(mix):
        level = tuple(degrade.NOISE)[make_tool(tool).options.index(option)]
        degradation = DEGRADATIONS[tool]
        if tool.startswith("denoise"):
            degradation = partial(degradation, rng=rng)
        photo = degradation(photo, level)
    return photo


class RestoreTasks(PhotoTasks):
    """One to three degradations of a photo.

    The target is what the right tools, at the right strength and in the right order, make of the
    source: the photo itself, which no tool can bring back, is ``metadata["clean"]``.
    """

    name = "restore"
    menu = MENU

    def task(
        self, rng: np.random.Generator, scene: Scene, photo: Image, mix: Mix
    ) -> EditTask | None:
        """Degrade the photo."""
        source = degraded(rng, photo, mix)
        least = LEAST_REPAIR * min(USUAL_SIDE / min(self.height, self.width), 1.0) ** 0.5
        stages = run_photo_edits(source, mix, least)
        if stages is None:
            return None
        task = EditTask(
            source=source,
            instruction=complaint(rng, self.words, [_fault(edit) for edit in mix]),
            sub_edits=tuple(photo_sub_edit(edit, source) for edit in mix),
            stages=stages,
            metadata={**photo_metadata(self.name, self.split, mix), "clean": photo},
        )
        # A fault that counts as mended before anyone has touched it would be paid for at once.
        return None if any(keep_checklist(task).start.done) else task


def _fault(edit: PixelEdit) -> PixelEdit:
    return make_tool(edit[0]).action, edit[1]
