"""Mirror a thing or the photo."""

from __future__ import annotations

from functools import partial

import cv2

from editenv.imaging import geometry
from editenv.imaging.compose import lift, stand
from editenv.imaging.inpaint import inpaint_texture
from editenv.imaging.regions import is_whole, solid_bounds
from editenv.tools.base import Edited, Target
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.types import Image, Mask


class Flip(GeometryTool):
    """Mirrors an object where it stands, or the whole image."""

    name = action = "flip"
    target: Target = "any"
    options = ("horizontal", "vertical")
    cost_per_megapixel = Cost(seconds=0.02316, memory=56.8)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Mirror one object or picture."""
        axis = 1 if option == "horizontal" else 0
        turn = partial(cv2.flip, flipCode=axis)
        if is_whole(mask):
            return Edited(turn(image), mask, turn)
        backdrop = inpaint_texture(image, mask)
        rgba, box = lift(image, backdrop, mask)
        place = geometry.turned_box(box, solid_bounds(mask), axis)
        return Edited(backdrop, stand(backdrop, turn(rgba), place))


TOOL = Flip()

OPERATION = Operation(
    "flip",
    tolerance=(0.05, 0.26),
    inexact=True,
    phrases=Phrases(
        forms=forms(
            """flip {s} {g}
        mirror {s} {g}
        invert {s} {g}
        turn {s} around {g}
        flip {s} around {g}
        have {s} mirrored {g}""",
            "reflect {s} {g}",
            """reverse {s} {g}
        have {s} flipped {g}""",
        ),
        goals={
            "horizontal": ("horizontally", "left to right", "from left to right"),
            "vertical": ("vertically", "upside down", "from top to bottom"),
        },
        goal_forms={
            "vertical": forms(
                "turn {s} on its head\nput {s} upside down\nflip {s} top to bottom",
                "stand {s} upside down",
                "make {s} stand upside down\nturn {s} over to be upside down",
            ),
            "horizontal": forms(
                """flip {s} so that left becomes right
        mirror {s} side to side
        swap the left and the right of {s}
        turn {s} around from left to right""",
                "reflect {s} across a vertical line",
                "mirror {s} about a vertical line\nflip {s} over from left to right",
            ),
        },
        purposes={
            "horizontal": forms(
                "show {s} as a mirror would\nmake {s} its own mirror image",
                "show {s} as if seen in a mirror",
                "turn {s} into a mirror image",
            ),
        },
    ),
    keywords=Keywords(
        60,
        ("flip", "mirror", "upside down", "turn over"),
        {
            "vertical": ("upside down", "vertical", "vertically", "on its head"),
            "horizontal": ("flip", "mirror", "horizontal"),
        },
    ),
    demand=Demand(of_photo=0.1, largest_group=2, follows=True),
)


FACING = forms(
    """make {s} face {g}
    turn {s} to face {g}
    turn {s} around to face {g}
    let {s} look {g}
    point {s} {g}""",
    "have {s} turned to face {g}",
    """have {s} face {g}
    get {s} to face {g}""",
)
"""For what looks or points somewhere: which way ``{g}`` is depends on how it stands now."""

WAYS: dict[str, tuple[str, ...]] = {
    "left": ("left", "to the left", "the other way"),
    "right": ("right", "to the right", "the other way"),
}
"""By the side that a thing faces afterwards: what ``FACING`` calls it."""
