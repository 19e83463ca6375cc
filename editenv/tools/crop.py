"""Keep a part of a photo."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging import geometry
from editenv.tools.base import Edited, Target
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool
from editenv.tools.operation import Keywords, Operation
from editenv.tools.phrases import Forms, forms
from editenv.types import Image, Mask


class Crop(GeometryTool):
    """Keeps three quarters of each side and enlarges them to the full size."""

    name = action = "crop"
    target: Target = "image"
    options = geometry.CROP_OPTIONS
    cost_per_megapixel = Cost(seconds=0.00143, memory=2.9)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Crop one picture."""
        height, width = image.shape[:2]
        left, top, right, bottom = geometry.crop_window(option, height, width)

        def enlarge(picture: np.ndarray) -> np.ndarray:
            part = picture[top:bottom, left:right]
            return cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)

        return Edited(enlarge(image), mask, enlarge)


TOOL = Crop()

OPERATION = Operation(
    "crop",
    tolerance=(0.05, 0.25),
    keywords=Keywords(
        150,
        ("crop", "trim", "keep the"),
        {
            "left": ("keep the left",),
            "right": ("keep the right",),
            "top": ("keep the top", "keep the upper"),
            "bottom": ("keep the bottom", "keep the lower"),
            "centre": ("crop",),
        },
    ),
)


def crops(kept: tuple[str, ...], lost: tuple[str, ...]) -> Forms:
    """Ask for a crop by what is to be kept or by what is to go."""
    return forms(
        f"""crop it to the {kept[0]}
        keep only the {kept[1]}
        keep nothing but the {kept[0]}
        cut off the {lost[0]}
        crop away the {lost[1]}
        take the {lost[0]} off
        lose the {lost[1]}""",
        f"""cut it down to the {kept[1]}
        chop the {lost[1]} off""",
        f"""crop off the {lost[1]}
        cut the {lost[0]} away
        keep just the {kept[0]}""",
    )


SIDES: dict[str, Forms] = {
    "left": crops(("left part", "left side"), ("right part", "right side")),
    "right": crops(("right part", "right side"), ("left part", "left side")),
    "top": crops(("upper part", "top"), ("lower part", "bottom")),
    "bottom": crops(("lower part", "bottom"), ("upper part", "top")),
    "centre": crops(("central part", "middle"), ("margins", "edges all around")),
}
"""By option: ways to ask for it."""

TO_OBJECT = forms(
    """Crop off the side where there is no {s}.
    Cut away the side without the {s}.
    Crop it to the side where the {s} is.
    Keep the side with the {s}.
    Trim the side that the {s} is not on.
    There is too much room beside the {s}, cut it off.""",
    """Take off the side away from the {s}.
    Drop the side without the {s}.""",
    """Cut off the side where there is no {s}.
    Crop to the side with the {s}.
    Trim away the side without the {s}.""",
)
"""For a crop to that side, left or right, where the only object is."""
