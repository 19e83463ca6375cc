"""Put another place behind the things."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from editenv.imaging.compose import shade, shadow_of
from editenv.imaging.regions import blend, thrice
from editenv.material.loader import library_backgrounds
from editenv.material.names import BACKGROUND_OPTIONS
from editenv.material.sized import background_at
from editenv.tools.base import Edited
from editenv.tools.cost import Cost
from editenv.tools.geometry import GeometryTool
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.types import Image, Mask

LEAST_THING = 0.0015
"""Smaller specks, as shares of the picture, cast no shadow."""


class Background(GeometryTool):
    """Puts a library photograph behind the objects: give it the region of the background.

    What stands before it keeps its shadow.
    """

    name = action = "background"
    options = BACKGROUND_OPTIONS
    cost_per_megapixel = Cost(seconds=0.0034, memory=10.5)

    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Replace the masked pixels of one picture."""
        height, width = image.shape[:2]
        picture = background_at(library_backgrounds()[option], width, height).copy()
        for left, top, coverage in _things(mask):
            shade(picture, shadow_of(coverage), left, top)
        return Edited(blend(_without_rim(image, mask), picture, mask), mask)


def _without_rim(image: Image, background: Mask) -> Image:
    """Let the colours of things reach over their soft rim, in which the old background shows."""
    things = cv2.threshold(255 - background, 200, 255, cv2.THRESH_BINARY)[1]
    weight = things.astype(np.float32) / 255.0
    total = cv2.blur(weight, (5, 5))
    spread = cv2.blur(image * thrice(weight), (5, 5)) / thrice(np.maximum(total, 1e-4))
    rim = (things == 0) & (background < 255) & (total > 0)
    reaching = image.copy()
    reaching[rim] = spread[rim]
    return reaching


def _things(background: Mask) -> Iterator[tuple[int, int, Mask]]:
    """Yield column, row and (h, w) uint8 coverage of each thing that stands before a background."""
    _, solid = cv2.threshold(background, 127, 255, cv2.THRESH_BINARY_INV)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    for number in range(1, count):
        left, top, wide, tall, area = stats[number].tolist()
        if area >= LEAST_THING * background.size:
            window = slice(top, top + tall), slice(left, left + wide)
            coverage = cv2.bitwise_and(
                255 - background[window],
                np.where(labels[window] == number, np.uint8(255), np.uint8(0)),
            )
            yield left, top, coverage


TOOL = Background()

OPERATION = Operation(
    "background",
    tolerance=(0.06, 0.20),
    phrases=Phrases(
        forms=forms(
            """change the background to {g}
        replace the background with {g}
        swap the background for {g}
        put {g} behind everything
        set the background to {g}
        turn the background into {g}
        use {g} as the background
        make the background {g}
        give the photo {g} as its background
        let {g} be the background
        have the background replaced with {g}
        exchange what is behind for {g}
        put everything in front of {g}""",
            """have {g} in the background
        switch the backdrop to {g}""",
            """make {g} the background
        change the backdrop to {g}
        put {g} in the background
        replace what is behind with {g}""",
        ),
        goals={
            "city": ("a city", "city streets", "a city view"),
            "desert": ("a desert", "a stretch of desert", "a sandy desert"),
            "forest": ("a forest", "a green forest", "a wood"),
            "lake": ("a lake", "a quiet lake", "the shore of a lake"),
            "meadow": ("a meadow", "a grassy meadow", "an open meadow"),
            "mountains": ("mountains", "a mountain view", "high mountains"),
            "night sky": ("a night sky", "a starry night sky", "the night sky"),
            "snow": ("snow", "a snowy landscape", "a field of snow"),
        },
        hints=forms(
            """make it look as if this was taken {g}
    pretend we were {g}
    make it look like a photo taken {g}""",
            "make it seem that we were {g}",
            """make it look as if we were {g}
    pretend this was taken {g}""",
        ),
        hint_goals={
            "city": ("downtown", "in the middle of town"),
            "desert": ("in the Sahara", "among sand dunes"),
            "forest": ("deep in the woods", "among tall trees"),
            "lake": ("at the lakeside", "beside calm fresh water"),
            "meadow": ("out on open grassland", "on a grassy plain"),
            "mountains": ("high up in the Alps", "among rocky peaks"),
            "night sky": ("under the stars", "beneath the Milky Way"),
            "snow": ("in deep winter", "somewhere near the North Pole"),
        },
    ),
    keywords=Keywords(
        30, ("background to", "background with", "background into", "backdrop", "scenery")
    ),
    demand=Demand(of_background=1.0),
)
