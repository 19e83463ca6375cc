"""Show a thing in squares of one colour."""

from __future__ import annotations

from editenv.imaging import filters
from editenv.tools.cost import Cost
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.tools.pixel_tool import PixelTool

TOOL = PixelTool(
    "pixelate",
    "pixelate",
    "any",
    filters.pixelate,
    {"fine": 7, "coarse": 3},
    cost_per_megapixel=Cost(seconds=0.01456, memory=19.1),
)

OPERATION = Operation(
    "pixelate",
    tolerance=(0.03, 0.16),
    in_place=True,
    spatial=True,
    phrases=Phrases(
        forms=forms(
            """pixelate {s} with {g} blocks
        break {s} up into {g} blocks
        put a mosaic of {g} blocks over {s}
        censor {s} with {g} pixels
        turn {s} into a mosaic of {g} squares
        hide {s} behind {g} pixels
        render {s} as {g} blocks
        cut {s} into {g} pixel blocks""",
            "show {s} in {g} pixels",
            """pixelate {s} into {g} squares
        cover {s} with a mosaic of {g} pixels""",
        ),
        goals={
            "fine": ("small", "fine", "tiny"),
            "coarse": ("big", "coarse", "large"),
        },
        purposes={
            "coarse": forms(
                """make {s} unrecognisable with a mosaic
                hide {s} behind a mosaic, as they do on the news""",
                "let nobody see what {s} is behind a coarse mosaic",
                "make {s} unrecognisable behind big squares",
            ),
        },
    ),
    keywords=Keywords(
        70,
        ("pixelate", "mosaic", "blocky", "pixels"),
        {"coarse": ("coarse", "big", "large", "heavily"), "fine": ("pixelate", "fine")},
    ),
    demand=Demand(must_show=True, least_height=0.3, largest_group=3, follows=True),
)
