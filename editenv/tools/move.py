"""Move a thing across the picture."""

from __future__ import annotations

from editenv.imaging import geometry
from editenv.imaging.regions import solid_bounds
from editenv.tools.base import Edited
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool, put_at
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.types import Image, Mask


class Move(GeometryTool):
    """Moves an object by a quarter of the picture, to an edge or to the centre."""

    name = action = "move"
    options = geometry.MOVE_OPTIONS
    cost_per_megapixel = Cost(seconds=0.02309, memory=56.8)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Move one object."""
        core = solid_bounds(mask)
        return put_at(image, mask, core, geometry.moved_box(core, option, *image.shape[:2]))


TOOL = Move()

OPERATION = Operation(
    "move",
    tolerance=(0.05, 0.25),
    inexact=True,
    phrases=Phrases(
        forms=forms(
            """move {s} {g}
        shift {s} {g}
        slide {s} {g}
        push {s} {g}
        drag {s} {g}
        pull {s} {g}
        carry {s} {g}
        take {s} {g}
        have {s} slide {g}
        transfer {s} {g}""",
            "have {s} moved {g}",
            """bring {s} {g}
        shove {s} {g}
        have {s} shifted {g}""",
        ),
        goals={
            "left": ("to the left", "a good way left", "over to the left", "further left"),
            "right": ("to the right", "a good way right", "over to the right", "further right"),
            "up": ("up", "upwards", "higher up", "further up"),
            "down": ("down", "downwards", "lower down", "further down"),
            "left edge": (
                "all the way to the left",
                "to the left edge",
                "to the far left",
                "right up to the left border",
            ),
            "right edge": (
                "all the way to the right",
                "to the right edge",
                "to the far right",
                "right up to the right border",
            ),
            "centre": ("to the centre", "into the middle", "to the middle of the picture"),
        },
        goal_forms={
            "left": forms(
                "put {s} further left\nplace {s} further over to the left",
                "set {s} a good way further left",
                "get {s} further over to the left",
            ),
            "right": forms(
                "put {s} further right\nplace {s} further over to the right",
                "set {s} a good way further right",
                "get {s} further over to the right",
            ),
            "left edge": forms(
                "put {s} at the left edge\nplace {s} at the far left",
                "set {s} against the left edge",
                "put {s} up against the left border",
            ),
            "right edge": forms(
                "put {s} at the right edge\nplace {s} at the far right",
                "set {s} against the right edge",
                "put {s} up against the right border",
            ),
            "centre": forms(
                "put {s} in the middle\nplace {s} in the centre of the picture",
                "set {s} in the centre",
                "centre {s} in the picture\nput {s} in the centre",
            ),
        },
        purposes={
            "left edge": forms(
                "put {s} as far left as possible\nput {s} where the picture begins on the left",
                "take {s} as far left as there is room",
                "get {s} as far left as the picture allows",
            ),
            "right edge": forms(
                "put {s} as far right as possible\nput {s} where the picture ends on the right",
                "take {s} as far right as there is room",
                "get {s} as far right as the picture allows",
            ),
            "centre": forms(
                "put {s} halfway between left and right\nput {s} halfway between the two sides",
                "place {s} equally far from both sides",
                "put {s} the same distance from both sides",
            ),
        },
    ),
    keywords=Keywords(
        50,
        ("move", "shift", "slide", "push", "drag"),
        {
            "left edge": ("left edge", "far left", "all the way to the left"),
            "right edge": ("right edge", "far right", "all the way to the right"),
            "centre": ("centre", "center", "middle"),
            "left": ("left",),
            "right": ("right",),
            "up": ("up", "higher"),
            "down": ("down", "lower"),
        },
    ),
    demand=Demand(),
)
