"""Expose a photo anew."""

from __future__ import annotations

from editenv.imaging import tone
from editenv.tools.cost import Cost
from editenv.tools.faults import SOMEWHAT, TOO_MUCH, TOO_MUCH_A_BIT, VERY, Fault, Faults
from editenv.tools.operation import Keywords, Operation
from editenv.tools.phrases import MAKE, Phrases
from editenv.tools.pixel_tool import PixelTool, whole_photo

TOOL = PixelTool(
    "exposure",
    "exposure",
    "image",
    whole_photo(tone.exposure),
    {"-1 EV": -1.0, "-0.5 EV": -0.5, "+0.5 EV": 0.5, "+1 EV": 1.0},
    cost_per_megapixel=Cost(seconds=0.00092, memory=2.9),
)

OPERATION = Operation(
    "exposure",
    tolerance=(0.03, 0.20),
    phrases=Phrases(
        forms=MAKE,
        goals={
            "-1 EV": ("one stop darker", "a full stop darker", "one whole stop darker"),
            "-0.5 EV": ("half a stop darker", "one half stop darker", "half a stop dimmer"),
            "+0.5 EV": (
                "half a stop brighter",
                "one half stop brighter",
                "half a stop lighter",
            ),
            "+1 EV": ("one stop brighter", "a full stop brighter", "one whole stop brighter"),
        },
    ),
    faults=Faults(
        {
            "+1 EV": Fault((*TOO_MUCH, *VERY), ("dark",), ("too dark",)),
            "+0.5 EV": Fault((*TOO_MUCH_A_BIT, *SOMEWHAT), ("dark",), ("too dark",)),
            "-0.5 EV": Fault((*TOO_MUCH_A_BIT, *SOMEWHAT), ("bright",), ("too bright",)),
            "-1 EV": Fault((*TOO_MUCH, *VERY), ("bright",), ("too bright",)),
        },
        nouns=("exposure", "brightness"),
        opposites={"-1 EV": "+1 EV", "-0.5 EV": "+0.5 EV", "+0.5 EV": "-0.5 EV", "+1 EV": "-1 EV"},
    ),
    keywords=Keywords(
        120,
        ("exposure", "overexposed", "too dark", "too bright"),
        {
            "+1 EV": ("far too dark", "much too dark", "way too dark", "very dark"),
            "-1 EV": ("far too bright", "much too bright", "way too bright", "very bright"),
            "+0.5 EV": ("dark",),
            "-0.5 EV": ("bright",),
        },
    ),
)
