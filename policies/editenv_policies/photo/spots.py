"""Regions of a photo: boxes that the user draws, and what a grounder proposes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from editenv.grounders import Grounder, PixelGrounder
from editenv.types import BACKGROUND, EditTask, Image, Mask, Region

LONGEST = 320
"""The longer side at which an object is cut out of its box: finer takes long and finds no more."""

SOUND_SHARE = (0.08, 0.95)
"""Shares of its box that a cut-out object may have; outside of them the whole box is taken."""

MARGIN = 0.25
"""How much of what is around a box tells what is not the object, as a share of its sides."""


@dataclass(frozen=True)
class Spot:
    """A box that a user drew.

    Attributes:
        label: what is in it.
        left: in pixels of the photo's file, upright.
        top: likewise.
        width: likewise.
        height: likewise.
        exact: whether the whole box is meant, not only the object in it.
    """

    label: str
    left: int
    top: int
    width: int
    height: int
    exact: bool = False


def parse_spot(text: str, *, exact: bool = False) -> Spot:
    """Read ``"X,Y,W,H=LABEL"``.

    Args:
        text: what the user typed.
        exact: whether all of the box is meant, not only the object in it.

    Raises:
        ValueError: anything else.
    """
    numbers, _, label = text.partition("=")
    try:
        left, top, width, height = (int(part) for part in numbers.split(","))
    except ValueError:
        left = top = width = height = -1
    if left < 0 or top < 0 or width < 1 or height < 1 or not label.strip():
        raise ValueError(f"{text!r} must be X,Y,W,H=NAME in pixels, such as 120,80,60,70=cup")
    return Spot(" ".join(label.lower().split()), left, top, width, height, exact)


def spot_region(spot: Spot, pixels: Image, full_size: tuple[int, int]) -> Region:
    """Turn a drawn box into a region: the object in it, as far as it differs from its surroundings.

    Args:
        spot: in pixels of the file.
        pixels: (H, W, 3) uint8, the photo at its working size.
        full_size: (height, width) of the file.

    Raises:
        ValueError: the box lies outside of the photo.
    """
    height, width = pixels.shape[:2]
    across, down = width / full_size[1], height / full_size[0]
    left, right = round(spot.left * across), round((spot.left + spot.width) * across)
    top, bottom = round(spot.top * down), round((spot.top + spot.height) * down)
    right, bottom = min(right, width), min(bottom, height)
    if left >= right or top >= bottom:
        raise ValueError(
            f"the box of {spot.label!r} lies outside of the photo, which is "
            f"{full_size[1]} x {full_size[0]}"
        )
    box = np.zeros((height, width), np.uint8)
    box[top:bottom, left:right] = 255
    cut_out = None if spot.exact else _cut_out(pixels, (left, top, right, bottom))
    return Region.from_mask(spot.label, box if cut_out is None else cut_out)


def _cut_out(pixels: Image, box: tuple[int, int, int, int]) -> Mask | None:
    """GrabCut (Rother et al., 2004) in a box; None where it finds no clear object."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    out_x, out_y = round(MARGIN * (right - left)) + 2, round(MARGIN * (bottom - top)) + 2
    rows = slice(max(top - out_y, 0), bottom + out_y)
    columns = slice(max(left - out_x, 0), right + out_x)
    window = (rows, columns)
    part = np.ascontiguousarray(pixels[window])
    shrink = min(1.0, LONGEST / max(part.shape[:2]))
    size = max(round(part.shape[1] * shrink), 1), max(round(part.shape[0] * shrink), 1)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    x, y = round((left - columns.start) * shrink), round((top - rows.start) * shrink)
    wide, tall = round((right - left) * shrink), round((bottom - top) * shrink)
    if wide < 8 or tall < 8 or (wide >= size[0] and tall >= size[1]):
        return None
    marks, models = np.zeros(small.shape[:2], np.uint8), [np.zeros((1, 65)) for _ in range(2)]
    cv2.setRNGSeed(0)
    cv2.grabCut(small, marks, (x, y, wide, tall), models[0], models[1], 4, cv2.GC_INIT_WITH_RECT)
    inside = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    share = np.count_nonzero(inside) / (wide * tall)
    if not SOUND_SHARE[0] <= share <= SOUND_SHARE[1]:
        return None
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    inside = cv2.dilate(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, kernel), kernel)
    mask = np.zeros((height, width), np.uint8)
    mask[window] = cv2.resize(inside, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return mask


def propose_regions(
    task: EditTask, spots: list[Region], grounder: Grounder | None, slots: int
) -> tuple[Region | None, ...]:
    """Fill the region slots: the whole photo, the user's boxes, then what a grounder finds.

    Args:
        task: its ``source`` is searched.
        spots: the user's boxes.
        grounder: None to propose nothing.
        slots: how many there are; more if the boxes need them.

    Returns:
        A region or None for each slot. The background is what none of the others covers, but the
        classical grounder does not find all that stands in front: with it, the background is
        what the user's boxes do not cover, and without a box there is none.
    """
    height, width = task.source.shape[:2]
    room = max(slots, len(spots) + 2)
    found: list[Region] = []
    if grounder is not None:
        proposed = grounder.propose(task, np.random.default_rng(0), room - len(spots))
        found = [region for region in proposed[1:] if region is not None]
    things = spots + [region for region in found if region.label != BACKGROUND]
    rest = np.full((height, width), 255, np.uint8)
    in_front = spots if isinstance(grounder, PixelGrounder) else things
    for region in in_front:
        rest = np.minimum(rest, 255 - region.mask)
    if in_front:
        things = [*things[: room - 2], Region.from_mask(BACKGROUND, rest)]
    filled = [Region.whole(height, width), *things[: room - 1]]
    return (*filled, *[None] * (room - len(filled)))
