"""Lift the shadows of an underexposed photo."""

from __future__ import annotations

from editenv.imaging import degrade, tone
from editenv.tools.cost import Cost
from editenv.tools.faults import QUITE, SOMEWHAT, VERY, Fault, Faults
from editenv.tools.operation import A_LITTLE, A_LOT, Keywords, Operation
from editenv.tools.pixel_tool import PixelTool, whole_photo

DIM = ("dim", "underexposed", "gloomy")

TOOL = PixelTool(
    "low_light",
    "low_light",
    "image",
    whole_photo(tone.lift_shadows),
    {
        "slight lift": 1 / degrade.DARKNESS["light"],
        "lift": 1 / degrade.DARKNESS["medium"],
        "strong lift": 1 / degrade.DARKNESS["strong"],
    },
    cost_per_megapixel=Cost(seconds=0.00094, memory=2.9),
)

OPERATION = Operation(
    "low_light",
    tolerance=(0.03, 0.20),
    faults=Faults(
        {
            "slight lift": Fault(SOMEWHAT, DIM, DIM),
            "lift": Fault(QUITE, DIM, DIM),
            "strong lift": Fault(VERY, DIM, DIM),
        },
        nouns=("darkness",),
        defect=True,
    ),
    keywords=Keywords(
        110,
        ("low light", "shadows", "underexposed", "dim", "gloomy"),
        {
            "strong lift": A_LOT,
            "slight lift": A_LITTLE,
            "lift": ("dark", "shadows", "dim", "underexposed"),
        },
    ),
)
