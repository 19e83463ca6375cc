"""Put a thing from the library into the picture."""

from __future__ import annotations

from editenv.imaging import geometry
from editenv.imaging.regions import is_whole, solid_bounds
from editenv.material.names import SPRITE_OPTIONS
from editenv.tools.base import Edited, Target
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool
from editenv.tools.library import aspect, put
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.types import Image, Mask


class Add(GeometryTool):
    """Puts a library object beside an object, or in the foreground of the whole image."""

    name = action = "add"
    target: Target = "any"
    options = SPRITE_OPTIONS
    cost_per_megapixel = Cost(seconds=0.0096, memory=17.2)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Add one object."""
        anchor = None if is_whole(mask) else solid_bounds(mask)
        box = geometry.beside_box(anchor, aspect(option), *image.shape[:2])
        return put(image.copy(), option, box)

    def adds(self, option: int) -> str | None:
        """The new object's name."""
        return self.options[option]


TOOL = Add()

OPERATION = Operation(
    "add",
    tolerance=(0.05, 0.22),
    inexact=True,
    phrases=Phrases(
        forms=forms(
            """add {g} next to {s}
        put {g} next to {s}
        place {g} beside {s}
        insert {g} beside {s}
        set {g} down next to {s}
        add {g} beside {s}
        put {g} by the side of {s}
        photoshop {g} in next to {s}
        stick {g} next to {s}
        bring in {g} next to {s}
        drop {g} in beside {s}
        have {g} added next to {s}
        let {g} stand by {s}""",
            """show {g} next to {s}
        add {g} by {s}""",
            """place {g} next to {s}
        put {g} beside {s}
        have {g} appear beside {s}
        set {g} beside {s}""",
        ),
        goals=None,
        alone=forms(
            """add {g} to the photo
        put {g} into the picture
        insert {g} at the bottom
        add {g} in the foreground
        place {g} in the middle""",
            "have {g} in the foreground",
            """put {g} in the photo
        add {g} to the picture""",
        ),
    ),
    keywords=Keywords(
        40, ("add", "put a", "put an", "place a", "place an", "insert", "next to", "beside")
    ),
    demand=Demand(),
)
