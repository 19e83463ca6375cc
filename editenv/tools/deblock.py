"""Smooth the blocks of strong JPEG compression."""

from __future__ import annotations

from editenv.imaging import degrade, restore
from editenv.tools.cost import Cost
from editenv.tools.faults import QUITE, SOMEWHAT, VERY, Fault, Faults
from editenv.tools.operation import A_LITTLE, A_LOT, Keywords, Operation
from editenv.tools.pixel_tool import PixelTool, whole_photo

BLOCKY = ("blocky", "spoiled by compression")

TOOL = PixelTool(
    "deblock",
    "deblock",
    "image",
    whole_photo(restore.deblock),
    degrade.QUALITY,
    cost_per_megapixel=Cost(seconds=0.01136, memory=2.9),
)

OPERATION = Operation(
    "deblock",
    tolerance=(0.008, 0.25),
    faults=Faults(
        {
            "light": Fault(SOMEWHAT, BLOCKY, BLOCKY),
            "medium": Fault(QUITE, BLOCKY, BLOCKY),
            "strong": Fault((*VERY, "badly"), BLOCKY, BLOCKY),
        },
        nouns=("compression artefacts", "blocks"),
        defect=True,
    ),
    keywords=Keywords(
        180,
        ("blocky", "jpeg", "compression", "artefacts", "artifacts"),
        {"strong": A_LOT, "light": A_LITTLE, "medium": ("blocky", "jpeg", "compression")},
    ),
)
