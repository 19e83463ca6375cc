"""Make colours weaker or stronger."""

from __future__ import annotations

from editenv.imaging import colour
from editenv.tools.cost import Cost
from editenv.tools.faults import OUTRIGHT, Fault, Faults
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import MAKE, Phrases, forms
from editenv.tools.pixel_tool import PixelTool

PALE = ("washed out", "pale in its colours", "lacking in colour", "faded")
GAUDY = ("garish", "too colourful", "oversaturated", "too gaudy")

TOOL = PixelTool(
    "saturation",
    "saturation",
    "any",
    colour.adjust_saturation,
    {"black and white": 0.0, "muted": 0.45, "vivid": 1.9},
    cost_per_megapixel=Cost(seconds=0.0044, memory=16.2),
)

OPERATION = Operation(
    "saturation",
    tolerance=(0.03, 0.24),
    in_place=True,
    phrases=Phrases(
        forms=MAKE,
        goals={
            "black and white": ("black and white", "monochrome", "completely colourless"),
            "muted": ("less colourful", "more muted", "less saturated"),
            "vivid": ("more colourful", "more vivid", "more saturated"),
        },
        goal_forms={
            "black and white": forms(
                """take all colour out of {s}
        drain {s} of colour
        convert {s} to greyscale
        leave no colour in {s}
        wash all colour out of {s}
        rid {s} of all colour""",
                "strip {s} of its colours",
                "remove all colour from {s}\nconvert {s} to black and white",
            ),
            "muted": forms(
                """tone down the colours of {s}
        desaturate {s} a little
        soften the colours of {s}
        turn the colours of {s} down
        make the colours of {s} paler""",
                "take some colour out of {s}",
                "tone the colours of {s} down\nmake the colours of {s} less strong",
            ),
            "vivid": forms(
                """boost the colours of {s}
        saturate {s} more
        strengthen the colours of {s}
        make the colours of {s} pop
        give {s} richer colours
        increase the saturation of {s}""",
                "turn up the colours of {s}",
                "give {s} stronger colours\nboost the saturation of {s}",
            ),
        },
        purposes={
            "black and white": forms(
                """make {s} look like something from a silent film
                make {s} look like a photo from 1920""",
                "make {s} look like an old newspaper picture",
                "make {s} look like a silent film from 1920",
            ),
            "muted": forms(
                "make {s} look faded by the sun\nmake {s} look a little washed out",
                "make {s} look a little sun-bleached",
                "make {s} look slightly faded",
            ),
            "vivid": forms(
                "make the colours of {s} pop\nmake {s} glow with colour",
                "make {s} burst with colour",
                "get the colours of {s} to pop",
            ),
        },
    ),
    faults=Faults(
        {
            "vivid": Fault(OUTRIGHT, PALE, PALE),
            "muted": Fault(OUTRIGHT, GAUDY, GAUDY),
        },
        nouns=("saturation", "strength of the colours"),
        opposites={"vivid": "muted", "muted": "vivid"},
    ),
    keywords=Keywords(
        90,
        (
            "black and white",
            "greyscale",
            "grayscale",
            "monochrome",
            "saturate",
            "desaturate",
            "muted",
            "vivid",
            "colourful",
            "colorful",
            "washed out",
            "garish",
            "saturation",
        ),
        {
            "black and white": ("black and white", "grey", "gray", "monochrome"),
            "muted": ("muted", "less", "desaturate", "garish", "tone down"),
            "vivid": ("vivid", "more", "saturate", "colourful", "colorful", "washed out"),
        },
    ),
    demand=Demand(of_photo=0.15, of_background=0.15, must_show=True, largest_group=3, follows=True),
)
