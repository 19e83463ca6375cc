"""Take noise out of a photo: two rivals, for single wrong pixels and for grain."""

from __future__ import annotations

from editenv.imaging import degrade, restore
from editenv.tools.cost import Cost
from editenv.tools.faults import QUITE, SOMEWHAT, VERY, Fault, Faults
from editenv.tools.operation import A_LITTLE, A_LOT, Keywords, Operation
from editenv.tools.pixel_tool import PixelTool, whole_photo

NOISY = ("grainy", "noisy", "speckled")

MEDIAN = PixelTool(
    "denoise_median",
    "denoise",
    "image",
    whole_photo(restore.denoise_median),
    {"light": 3, "medium": 5, "strong": 7},
    cost_per_megapixel=Cost(seconds=0.00339, memory=2.9),
)
GUIDED = PixelTool(
    "denoise_guided",
    "denoise",
    "image",
    whole_photo(restore.denoise_guided),
    degrade.NOISE,
    cost_per_megapixel=Cost(seconds=0.64137, memory=2.9),
)

OPERATION = Operation(
    "denoise",
    tolerance=(0.005, 0.18),
    faults=Faults(
        {
            "light": Fault(SOMEWHAT, NOISY, NOISY),
            "medium": Fault(QUITE, NOISY, NOISY),
            "strong": Fault(VERY, NOISY, NOISY),
        },
        nouns=("noise", "speckles"),
        defect=True,
    ),
    keywords=Keywords(
        160,
        ("noise", "noisy", "grain", "grainy", "speckled"),
        {
            "strong": A_LOT,
            "light": A_LITTLE,
            "medium": ("noise", "noisy", "grain", "grainy", "speckled"),
        },
    ),
)
