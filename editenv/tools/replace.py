"""Put a thing from the library in the place of another."""

from __future__ import annotations

from editenv.imaging import geometry
from editenv.imaging.inpaint import inpaint_texture
from editenv.imaging.regions import solid_bounds
from editenv.material.names import SPRITE_OPTIONS
from editenv.tools.base import Edited
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool
from editenv.tools.library import aspect, put
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.types import Image, Mask


class Replace(GeometryTool):
    """Puts a library object as large as the old one where an object stands."""

    name = action = "replace"
    options = SPRITE_OPTIONS
    cost_per_megapixel = Cost(seconds=0.01259, memory=17.2)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Replace one object."""
        box = geometry.replaced_box(solid_bounds(mask), aspect(option), *image.shape[:2])
        return put(inpaint_texture(image, mask), option, box)

    def relabel(self, label: str, option: int) -> str:
        """The region is called after the new object."""
        return self.options[option]


TOOL = Replace()

OPERATION = Operation(
    "replace",
    tolerance=(0.05, 0.22),
    inexact=True,
    phrases=Phrases(
        forms=forms(
            """replace {s} with {g}
        swap {s} for {g}
        exchange {s} for {g}
        turn {s} into {g}
        put {g} in the place of {s}
        substitute {g} for {s}
        change {s} into {g}
        use {g} instead of {s}
        trade {s} for {g}
        swap {s} out for {g}
        convert {s} into {g}
        have {s} replaced by {g}
        take {s} out and put {g} there""",
            """let {g} take the place of {s}
        have {g} instead of {s}""",
            """swap {s} with {g}
        put {g} in place of {s}
        make {s} into {g}
        switch {s} for {g}""",
        ),
        goals=None,
    ),
    keywords=Keywords(20, ("replace", "swap", "exchange", "substitute", "instead of")),
    demand=Demand(),
)
