"""Sharpen a photo that is out of focus."""

from __future__ import annotations

from editenv.imaging import degrade, restore
from editenv.tools.cost import Cost
from editenv.tools.faults import QUITE, SOMEWHAT, VERY, Fault, Faults
from editenv.tools.operation import A_LITTLE, A_LOT, Keywords, Operation
from editenv.tools.pixel_tool import PixelTool, whole_photo

BLURRY = ("blurry", "out of focus", "blurred")

TOOL = PixelTool(
    "deblur",
    "deblur",
    "image",
    whole_photo(restore.deblur),
    degrade.BLUR,
    cost_per_megapixel=Cost(seconds=0.15704, memory=100.1),
)

OPERATION = Operation(
    "deblur",
    tolerance=(0.008, 0.25),
    faults=Faults(
        {
            "light": Fault(SOMEWHAT, BLURRY, BLURRY),
            "medium": Fault(QUITE, BLURRY, BLURRY),
            "strong": Fault((*VERY, "badly"), BLURRY, BLURRY),
        },
        nouns=("blur",),
        defect=True,
    ),
    keywords=Keywords(
        170,
        ("blurry", "blurred", "not sharp", "out of focus"),
        {"strong": A_LOT, "light": A_LITTLE, "medium": ("blurry", "blurred", "out of focus")},
    ),
)
