"""Bring out detail."""

from __future__ import annotations

from editenv.imaging import filters
from editenv.tools.cost import Cost
from editenv.tools.operation import Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.tools.pixel_tool import PixelTool

TOOL = PixelTool(
    "sharpen",
    "sharpen",
    "any",
    filters.sharpen,
    {"gentle": 0.8, "strong": 2.0},
    cost_per_megapixel=Cost(seconds=0.01648, memory=37.2),
)

OPERATION = Operation(
    "sharpen",
    tolerance=(0.03, 0.25),
    in_place=True,
    spatial=True,
    phrases=Phrases(
        forms=forms(
            """sharpen {s} {g}
        make {s} {g} sharper
        bring out the detail of {s} {g}
        make {s} {g} crisper""",
            "crisp {s} up {g}",
            """give {s} {g} more sharpness
        have {s} look {g} sharper""",
        ),
        goals={
            "gentle": ("a little", "slightly", "a bit"),
            "strong": ("a lot", "strongly", "very much"),
        },
    ),
    keywords=Keywords(
        190,
        ("sharpen", "sharper", "crisp"),
        {"strong": ("strong", "much", "a lot"), "gentle": ("sharp", "crisp")},
    ),
)
