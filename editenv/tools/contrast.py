"""Make a photo flatter or punchier."""

from __future__ import annotations

from editenv.imaging import colour
from editenv.tools.cost import Cost
from editenv.tools.faults import SOMEWHAT, TOO_MUCH, TOO_MUCH_A_BIT, VERY, Fault, Faults
from editenv.tools.operation import Keywords, Operation
from editenv.tools.phrases import MAKE, SLIGHTLY, STRONGLY, Phrases, levels
from editenv.tools.pixel_tool import PixelTool

FLAT, HARSH = ("flat", "hazy"), ("harsh", "contrasty")

TOOL = PixelTool(
    "contrast",
    "contrast",
    "any",
    colour.adjust_contrast,
    {"much flatter": 0.4, "flatter": 0.7, "punchier": 1.5, "much punchier": 2.4},
    cost_per_megapixel=Cost(seconds=0.00588, memory=16.2),
)

OPERATION = Operation(
    "contrast",
    tolerance=(0.03, 0.20),
    phrases=Phrases(
        forms=MAKE,
        goals={
            "much flatter": levels("lower in contrast", STRONGLY),
            "flatter": levels("lower in contrast", SLIGHTLY),
            "punchier": levels("higher in contrast", SLIGHTLY),
            "much punchier": levels("higher in contrast", STRONGLY),
        },
    ),
    faults=Faults(
        {
            "much punchier": Fault((*TOO_MUCH, *VERY), ("flat", "hazy"), FLAT),
            "punchier": Fault((*TOO_MUCH_A_BIT, *SOMEWHAT), ("flat", "hazy"), FLAT),
            "flatter": Fault((*TOO_MUCH_A_BIT, *SOMEWHAT), ("harsh", "contrasty"), HARSH),
            "much flatter": Fault((*TOO_MUCH, *VERY), ("harsh", "contrasty"), HARSH),
        },
        nouns=("contrast",),
        opposites={
            "flatter": "punchier",
            "punchier": "flatter",
            "much punchier": "much flatter",
            "much flatter": "much punchier",
        },
    ),
    keywords=Keywords(
        140,
        ("contrast", "flat", "harsh", "punch"),
        {
            "much flatter": ("much less", "far too harsh", "much too harsh"),
            "flatter": ("less", "harsh", "soften"),
            "much punchier": ("much more", "far too flat", "very flat", "much too flat"),
            "punchier": ("more", "flat", "punch"),
        },
    ),
)
