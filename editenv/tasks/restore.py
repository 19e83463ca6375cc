"""A degraded photo to be restored with a box of tools, after RL-Restore (Yu et al., CVPR 2018)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from editenv.imaging import degrade
from editenv.imaging.metrics import mean_error
from editenv.success import keep_checklist
from editenv.tasks.arrange import arrange
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.language import complaint
from editenv.tasks.look import PixelEdit, run_pixel_edit
from editenv.tasks.photo_edits import full_mask, photo_metadata, photo_sub_edit
from editenv.tasks.retouch import is_held_out_mix
from editenv.tools import TOOL_PRESETS, make_tool
from editenv.types import EditTask, Image

Degradation = Callable[[np.random.Generator, Image, bool], Image]

DEGRADATIONS: dict[str, Degradation] = {
    "low_light": lambda rng, image, strong: degrade.darken(image, "strong" if strong else "light"),
    "deblur": lambda rng, image, strong: degrade.gaussian_blur(
        image, "strong" if strong else "light"
    ),
    "denoise": lambda rng, image, strong: degrade.noise(
        image, "strong" if strong else "light", rng
    ),
    "deblock": lambda rng, image, strong: degrade.jpeg(image, "strong" if strong else "light"),
}
"""By the action that mends it, in the order in which a camera brings it about."""

LEAST_GAIN = 0.25
"""A restoration must take away at least this share of the error, or the task is hopeless."""

LARGEST_REST = 0.045
"""Mean error that may be left, as a share of the full range: more does not look restored."""

LEAST_DAMAGE = 0.012
"""Mean error that each degradation must bring about, or nobody would complain of it."""

SLACK = 1.08
"""A result counts as good when its error is at most this times the reference result's."""


def rivals(action: str) -> tuple[str, ...]:
    """Names of the restoration tools that do the same job."""
    return tuple(name for name in TOOL_PRESETS["restore"] if make_tool(name).action == action)


def best_edit(image: Image, clean: Image, action: str, option: str) -> tuple[PixelEdit, Image]:
    """Run every rival tool of an action and return the one that comes nearest to ``clean``."""
    mask = full_mask(image)
    results = [
        ((name, option), run_pixel_edit((name, option), image, mask)) for name in rivals(action)
    ]
    return min(results, key=lambda result: mean_error(result[1], clean))


class RestoreTasks(GeneratedTasks):
    """One to three degradations of a photo; the target is the photo itself."""

    name = "restore"

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        clean = arrange(
            rng, self.split, self.height, self.width, count=int(rng.integers(0, 3))
        ).image
        count = int(rng.integers(1, 4))
        chosen = sorted(rng.choice(len(DEGRADATIONS), count, replace=False))
        actions = [list(DEGRADATIONS)[int(i)] for i in chosen]
        strong = [bool(rng.random() < 0.5) for _ in actions]
        history = [clean]
        for action, hard in zip(actions, strong, strict=True):
            history.append(DEGRADATIONS[action](rng, history[-1], hard))
        faults = [
            (action, make_tool(rivals(action)[0]).options[int(hard)])
            for action, hard in zip(reversed(actions), reversed(strong), strict=True)
        ]
        if is_held_out_mix(self.split, faults):
            return None
        return self._task(history, faults, complaint(rng, self.split, faults))

    def _task(
        self, history: list[Image], faults: list[PixelEdit], instruction: str
    ) -> EditTask | None:
        """``history`` holds the clean photo first and the source last."""
        *stages, source = history
        stages.reverse()
        if min(map(mean_error, history[1:], history)) < LEAST_DAMAGE:
            return None
        image, plan, edits = source, [], []
        for fault, stage in zip(faults, stages, strict=True):
            edit, image = best_edit(image, stage, *fault)
            tolerance = SLACK * mean_error(image, stage) + 0.002
            edits.append(photo_sub_edit(edit, source, tolerance))
            plan.append(edit)
        clean = stages[-1]
        rest = mean_error(image, clean)
        if rest > min((1.0 - LEAST_GAIN) * mean_error(source, clean), LARGEST_REST):
            return None
        task = EditTask(
            source=source,
            instruction=instruction,
            sub_edits=tuple(edits),
            stages=tuple(stages),
            metadata=photo_metadata(self.name, self.split, plan),
        )
        # A fault that counts as mended before anyone has touched it would be paid for at once.
        return None if any(keep_checklist(task).start.done) else task
