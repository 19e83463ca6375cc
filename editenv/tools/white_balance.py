"""Make a photo cooler or warmer."""

from __future__ import annotations

from editenv.imaging import tone
from editenv.tools.cost import Cost
from editenv.tools.faults import SOMEWHAT, TOO_MUCH, TOO_MUCH_A_BIT, VERY, Fault, Faults
from editenv.tools.operation import Keywords, Operation
from editenv.tools.phrases import MAKE, SLIGHTLY, STRONGLY, Phrases, levels
from editenv.tools.pixel_tool import PixelTool, whole_photo

COLD, WARM = ("cold", "blue", "too cold"), ("warm", "yellow", "too warm")

TOOL = PixelTool(
    "white_balance",
    "white_balance",
    "image",
    whole_photo(tone.white_balance),
    {"much cooler": -0.5, "cooler": -0.22, "warmer": 0.22, "much warmer": 0.5},
    cost_per_megapixel=Cost(seconds=0.00136, memory=7.6),
)

OPERATION = Operation(
    "white_balance",
    tolerance=(0.03, 0.20),
    phrases=Phrases(
        forms=MAKE,
        goals={
            "much cooler": levels("cooler in tone", STRONGLY),
            "cooler": levels("cooler in tone", SLIGHTLY),
            "warmer": levels("warmer in tone", SLIGHTLY),
            "much warmer": levels("warmer in tone", STRONGLY),
        },
    ),
    faults=Faults(
        {
            "much warmer": Fault((*TOO_MUCH, *VERY), ("cold", "blue"), COLD),
            "warmer": Fault((*TOO_MUCH_A_BIT, *SOMEWHAT), ("cold", "blue"), COLD),
            "cooler": Fault((*TOO_MUCH_A_BIT, *SOMEWHAT), ("warm", "yellow"), WARM),
            "much cooler": Fault((*TOO_MUCH, *VERY), ("warm", "yellow"), WARM),
        },
        nouns=("white balance", "colour cast"),
        opposites={
            "much cooler": "much warmer",
            "cooler": "warmer",
            "warmer": "cooler",
            "much warmer": "much cooler",
        },
    ),
    keywords=Keywords(
        130,
        ("cold", "warm", "cool", "white balance", "blue cast", "yellow cast"),
        {
            "much warmer": ("much too cold", "far too cold", "very cold", "icy"),
            "much cooler": ("much too warm", "far too warm", "very warm"),
            "warmer": ("cold", "cool", "blue"),
            "cooler": ("warm", "yellow"),
        },
    ),
)
