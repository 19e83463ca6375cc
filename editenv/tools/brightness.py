"""Make a thing or the photo darker or brighter."""

from __future__ import annotations

from editenv.imaging import colour
from editenv.tools.cost import Cost
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import MAKE, SLIGHTLY, STRONGLY, Phrases, forms, levels
from editenv.tools.pixel_tool import PixelTool

_DARK = forms("make {s} as dark as {g}", "get {s} as dark as {g}", "have {s} look as dark as {g}")
_BRIGHT = forms(
    "make {s} as bright as {g}", "get {s} as bright as {g}", "have {s} look as bright as {g}"
)

TOOL = PixelTool(
    "brightness",
    "brightness",
    "any",
    colour.adjust_brightness,
    {"much darker": -0.5, "darker": -0.22, "brighter": 0.22, "much brighter": 0.5},
    cost_per_megapixel=Cost(seconds=0.00449, memory=16.2),
)

OPERATION = Operation(
    "brightness",
    tolerance=(0.035, 0.20),
    in_place=True,
    phrases=Phrases(
        forms=MAKE,
        goals={
            "much darker": levels("darker", STRONGLY),
            "darker": levels("darker", SLIGHTLY),
            "brighter": levels("brighter", SLIGHTLY),
            "much brighter": levels("brighter", STRONGLY),
        },
        goal_forms={
            "darker": forms(
                """darken {s} a little
        dim {s} slightly
        lower the brightness of {s} a bit
        turn the brightness of {s} down a little
        take a little light off {s}""",
                "darken {s} a touch",
                "dim {s} a little\ndarken {s} slightly",
            ),
            "much darker": forms(
                """darken {s} a lot
        dim {s} heavily
        lower the brightness of {s} by a lot
        turn the brightness of {s} far down
        take a lot of light off {s}""",
                "darken {s} heavily",
                "dim {s} a lot\ndarken {s} considerably",
            ),
            "brighter": forms(
                """brighten {s} a little
        lighten {s} slightly
        raise the brightness of {s} a bit
        turn the brightness of {s} up a little
        shed a little more light on {s}""",
                "brighten {s} a touch",
                "lighten {s} a little\nbrighten {s} slightly",
            ),
            "much brighter": forms(
                """brighten {s} a lot
        brighten {s} up considerably
        raise the brightness of {s} by a lot
        turn the brightness of {s} far up
        shed a lot more light on {s}""",
                "brighten {s} heavily",
                "lighten {s} a lot\nbrighten {s} up a lot",
            ),
        },
        purposes={
            "much darker": forms(
                "plunge {s} into deep shadow\nmake {s} look as if standing in deep shadow",
                "cast a very deep shadow over {s}",
                "put {s} in deep shadow",
            ),
            "darker": forms(
                "put {s} in light shade\nlet a thin cloud dim the light on {s}",
                "give {s} a touch of shade",
                "put a little shade on {s}",
            ),
            "brighter": forms(
                "let a little more light fall on {s}\nshine a soft lamp on {s}",
                "give {s} slightly more light",
                "let slightly more light fall on {s}",
            ),
            "much brighter": forms(
                "flood {s} with light\nmake it look as if a floodlight shone on {s}",
                "drown {s} in light",
                "let glaring light fall on {s}",
            ),
        },
        like=forms(
            """match the brightness of {s} to {g}
        give {s} the same brightness as {g}""",
            "adjust the brightness of {s} to that of {g}",
            "bring {s} to the brightness of {g}",
        ),
        like_goals={
            "much darker": _DARK,
            "darker": _DARK,
            "brighter": _BRIGHT,
            "much brighter": _BRIGHT,
        },
    ),
    keywords=Keywords(
        200,
        ("bright", "brighten", "brighter", "dark", "darken", "darker", "lighten"),
        {
            "much darker": ("much darker", "a lot darker", "very dark", "far darker"),
            "much brighter": ("much brighter", "a lot brighter", "very bright", "far brighter"),
            "darker": ("dark", "darker", "darken", "dim"),
            "brighter": ("bright", "brighter", "brighten", "lighten"),
        },
    ),
    demand=Demand(of_photo=0.15, of_background=0.15, must_show=True, largest_group=3, follows=True),
)
