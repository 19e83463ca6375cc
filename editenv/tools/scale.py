"""Make a thing smaller or larger."""

from __future__ import annotations

from editenv.imaging import geometry
from editenv.imaging.regions import solid_bounds
from editenv.tools.base import Edited
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool, put_at
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import SLIGHTLY, Phrases, forms, levels
from editenv.types import Image, Mask

SCALE_FACTORS = {"half size": 0.5, "smaller": 0.7, "larger": 1.4, "double size": 2.0}
"""By option: the new height over the old one."""


_SMALL = forms("make {s} as small as {g}", "get {s} as small as {g}", "shrink {s} to match {g}")
_LARGE = forms("make {s} as big as {g}", "get {s} as big as {g}", "make {s} as large as {g}")


class Scale(GeometryTool):
    """Scales an object about its bottom centre."""

    name = action = "scale"
    options = tuple(SCALE_FACTORS)
    cost_per_megapixel = Cost(seconds=0.02266, memory=56.8)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Scale one object."""
        core, factor = solid_bounds(mask), SCALE_FACTORS[option]
        return put_at(image, mask, core, geometry.scaled_box(core, factor, *image.shape[:2]))


TOOL = Scale()

OPERATION = Operation(
    "scale",
    tolerance=(0.05, 0.26),
    inexact=True,
    phrases=Phrases(
        forms=forms(
            """make {s} {g}
        resize {s} to be {g}
        get {s} to be {g}
        scale {s} to be {g}
        have {s} come out {g}""",
            "have {s} end up {g}",
            """make {s} appear {g}
        have {s} appear {g}""",
        ),
        goals={
            "half size": ("half as big", "half the size", "half as large"),
            "smaller": levels("smaller", SLIGHTLY),
            "larger": (*levels("larger", SLIGHTLY), "a little bigger", "a bit bigger"),
            "double size": ("twice as big", "double the size", "twice as large"),
        },
        goal_forms={
            "smaller": forms(
                """shrink {s} a little
        scale {s} down a bit
        reduce the size of {s} a little""",
                "shrink {s} slightly",
                "shrink {s} a bit",
            ),
            "larger": forms(
                """enlarge {s} a little
        scale {s} up a bit
        increase the size of {s} a little""",
                "enlarge {s} slightly",
                "enlarge {s} a bit",
            ),
            "half size": forms(
                "shrink {s} to half its size\nhalve the size of {s}\ncut the size of {s} in half",
                "scale {s} down to half",
                "reduce {s} to half its size\nshrink {s} by half",
            ),
            "double size": forms(
                "enlarge {s} to twice its size\ndouble the size of {s}\nblow {s} up to double size",
                "scale {s} up to double",
                "scale {s} up to twice its size\nenlarge {s} to double size",
            ),
        },
        purposes={
            "double size": forms(
                "make {s} grow by 100 percent\nscale {s} to 200 percent",
                "bring {s} to 200 percent",
                "make {s} 200 percent of its size",
            ),
            "half size": forms(
                "make {s} only 50 percent of its size\nscale {s} down to 50 percent",
                "bring {s} down to 50 percent",
                "make {s} shrink to 50 percent",
            ),
        },
        like=forms(
            """make {s} the same size as {g}
        match the size of {s} to {g}""",
            "resize {s} to match {g}",
            "give {s} the same size as {g}",
        ),
        like_goals={
            "half size": _SMALL,
            "smaller": _SMALL,
            "larger": _LARGE,
            "double size": _LARGE,
        },
    ),
    keywords=Keywords(
        100,
        ("scale", "bigger", "larger", "smaller", "half", "double", "shrink", "enlarge"),
        {
            "half size": ("half",),
            "double size": ("double", "twice"),
            "smaller": ("smaller", "shrink"),
            "larger": ("larger", "bigger", "enlarge"),
        },
    ),
    demand=Demand(follows=True),
)
