"""Which actions can be asked of a thing, judged by its picture alone."""

from __future__ import annotations

from functools import cache

import cv2

from editenv.imaging.light import DAYLIGHT
from editenv.imaging.metrics import mean_error
from editenv.material.records import Sprite
from editenv.tasks.look import Look, look_of, run_pixel_edit
from editenv.tools import DEMANDS, find_operation, make_tool

TALL = 48
"""Height in pixels at which a thing is judged: about that of things in a picture of 128 pixels."""

LEAST_SHOWN = 0.042
"""Mean change, as a share of full range, from which an edit is likely to show on a thing."""


@cache
def _usual_look(sprite: Sprite) -> Look:
    rows, columns = sprite.rgba.shape[:2]
    wide = max(round(TALL * columns / rows), 4)
    return look_of(sprite, wide, TALL, False, False, DAYLIGHT, ())


@cache
def shown_options(sprite: Sprite, action: str) -> tuple[str, ...]:
    """Return the options of an action on pixels that show on a thing.

    What is grey cannot be less colourful, and what is smooth looks the same after a blur.
    """
    look = _usual_look(sprite)
    solid = cv2.threshold(look.coverage, 127, 255, cv2.THRESH_BINARY)[1]

    def change(option: str) -> float:
        return mean_error(look.colour, run_pixel_edit((action, option), look.colour, solid), solid)

    return tuple(o for o in make_tool(action).options if change(o) >= LEAST_SHOWN)


def _turns(sprite: Sprite) -> bool:
    return sprite.mirror and (sprite.faces is not None or _usual_look(sprite).lopsided)


def suits(sprite: Sprite, action: str) -> bool:
    """Whether an action can be asked of a thing."""
    if action == "flip":
        return _turns(sprite)
    demand = DEMANDS.get(action)
    if demand is None or not demand.must_show:
        return True
    broad = not find_operation(action).spatial or _usual_look(sprite).broad
    return broad and bool(shown_options(sprite, action))
