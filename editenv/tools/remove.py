"""Three rivals for removing an object; which one is best depends on what is around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from editenv.imaging import inpaint
from editenv.tools.cost import Cost
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.tools.pixel_tool import PixelTool
from editenv.types import Image, Mask


def _remover(name: str, fill: Callable[[Image, Mask], Image], cost: Cost) -> PixelTool:
    # Not a lambda: tools travel to worker processes.
    edit = partial(_edit, fill)
    return PixelTool(
        name, "remove", "region", edit, {"fill": None}, removes=True, cost_per_megapixel=cost
    )


def _edit(fill: Callable[[Image, Mask], Image], image: Image, mask: Mask, value: None) -> Image:
    return fill(image, mask)


TEXTURE = _remover("remove_texture", inpaint.inpaint_texture, Cost(seconds=0.01061, memory=42.0))
DIFFUSION = _remover(
    "remove_diffusion", inpaint.inpaint_diffusion, Cost(seconds=0.00262, memory=7.6)
)
MEAN = _remover("remove_mean", inpaint.inpaint_mean, Cost(seconds=0.00169, memory=21.0))

OPERATION = Operation(
    "remove",
    tolerance=(0.05, 0.25),
    inexact=True,
    phrases=Phrases(
        forms=forms(
            """remove {s}
        delete {s}
        erase {s}
        get rid of {s}
        take {s} out
        take away {s}
        cut {s} out of the photo
        remove {s} from the picture
        make {s} disappear
        edit {s} out
        photoshop {s} out
        clear {s} away
        drop {s} from the scene
        lose {s}
        take {s} out of the shot
        wipe {s} out
        rub {s} out
        scrub {s} from the picture
        leave {s} out
        do away with {s}
        let {s} disappear
        have {s} edited out
        strip {s} out of the scene
        remove all trace of {s}""",
            """have {s} removed
        get {s} out of the picture""",
            """take {s} away
        delete {s} from the photo
        make {s} vanish
        erase {s} from the scene
        cut {s} out""",
        ),
        goals={
            "": ("",),
        },
        purposes={
            "": forms(
                "make it look as if {s} had never been there\nlet {s} vanish without a trace",
                "make everyone forget {s} was ever there",
                "leave no trace of {s}",
            ),
        },
    ),
    keywords=Keywords(
        10, ("remove", "delete", "erase", "get rid of", "take out", "take away", "cut out")
    ),
    demand=Demand(largest_group=2),
)
