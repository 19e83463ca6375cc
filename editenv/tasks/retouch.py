"""A photo that did not come out well, and the user's complaint about it."""

from __future__ import annotations

import numpy as np

from editenv.tasks.arrange import arrange
from editenv.tasks.build import is_sound
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.goals import held_out
from editenv.tasks.language import complaint
from editenv.tasks.look import PixelEdit, run_pixel_edit
from editenv.tasks.photo_edits import (
    full_mask,
    photo_metadata,
    photo_sub_edit,
    run_photo_edits,
)
from editenv.types import EditTask, Image

OPPOSITES: dict[str, dict[str, str]] = {
    "exposure": {"-1 EV": "+1 EV", "-0.5 EV": "+0.5 EV", "+0.5 EV": "-0.5 EV", "+1 EV": "-1 EV"},
    "white_balance": {
        "much cooler": "much warmer",
        "cooler": "warmer",
        "warmer": "cooler",
        "much warmer": "much cooler",
    },
    "contrast": {
        "flatter": "punchier",
        "punchier": "flatter",
        "much punchier": "much flatter",
        "much flatter": "much punchier",
    },
    "saturation": {"vivid": "muted", "muted": "vivid"},
}
"""By tool and the option that mends a fault: the option that brings the fault about."""

CROPS = ("left", "right", "top", "bottom")
"""Crops are asked for by what is to be kept; the photo itself has no fault."""

ORDER = ("crop", "exposure", "white_balance", "contrast", "saturation")
"""In which order a retoucher works."""


def draw_faults(rng: np.random.Generator, count: int) -> list[PixelEdit]:
    """Choose which tools, with which options, will mend the photo."""
    names = rng.choice(ORDER, count, replace=False)
    faults: list[PixelEdit] = []
    for name in sorted(names, key=ORDER.index):
        options = CROPS if name == "crop" else tuple(OPPOSITES[name])
        faults.append((str(name), options[int(rng.integers(len(options)))]))
    return faults


def spoil(photo: Image, faults: list[PixelEdit]) -> Image:
    """Bring about the faults that ``faults`` would mend, the last one first."""
    for tool, option in reversed(faults):
        if tool != "crop":
            photo = run_pixel_edit((tool, OPPOSITES[tool][option]), photo, full_mask(photo))
    return photo


def is_held_out_mix(split: str, faults: list[PixelEdit]) -> bool:
    """`test` has mixes of faults that the other splits never show, and only these."""
    kept = held_out("photo", "+".join(f"{tool} {option}" for tool, option in faults), 0.3)
    return kept != (split == "test")


class RetouchTasks(GeneratedTasks):
    """One to three faults of exposure, white balance, contrast, saturation and framing."""

    name = "retouch"

    def attempt(self, rng: np.random.Generator, theme: str | None) -> EditTask | None:
        """Draw once."""
        scene = arrange(rng, self.split, self.height, self.width, count=int(rng.integers(0, 3)))
        faults = draw_faults(rng, int(rng.integers(1, 4)))
        if is_held_out_mix(self.split, faults):
            return None
        source = spoil(scene.image, faults)
        stages = run_photo_edits(source, faults)
        if stages is None:
            return None
        task = EditTask(
            source=source,
            instruction=complaint(rng, self.split, faults),
            sub_edits=tuple(photo_sub_edit(fault, source) for fault in faults),
            stages=stages,
            metadata=photo_metadata(self.name, self.split, faults),
        )
        return task if is_sound(task) else None
