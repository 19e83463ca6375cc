"""Drawing on a Pillow image: fonts, wrapped text, tick marks, bars and numbered boxes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from PIL import ImageDraw, ImageFont

from editenv.types import Region

Colour = tuple[int, int, int]

PAPER: Colour = (24, 26, 32)
PANEL: Colour = (35, 38, 46)
INK: Colour = (236, 238, 242)
FAINT: Colour = (150, 156, 168)
GOOD: Colour = (96, 205, 140)
BAD: Colour = (240, 110, 105)

SLOT_COLOURS: tuple[Colour, ...] = (
    (255, 209, 82), (92, 200, 255), (255, 133, 160), (134, 226, 128),
    (200, 160, 255), (255, 165, 84), (90, 225, 205), (230, 230, 230),
)  # fmt: skip
"""Colours of the numbered boxes, by slot, again from the start after eight."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font at a size in pixels; it is always there."""
    return ImageFont.load_default(size=size)


def width_of(text: str, size: int) -> float:
    """Return how wide a line of text is, in pixels."""
    return font(size).getlength(text)


def clipped(text: str, size: int, width: float) -> str:
    """Return one line of at most ``width`` pixels, ending in "..." where it was cut."""
    text = " ".join(text.split())
    if width_of(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width_of(text[:middle].rstrip() + "...", size) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "..."


def wrapped(text: str, size: int, width: float, most: int) -> list[str]:
    """Break text between words into at most ``most`` lines; what is left over ends in "..."."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        taken = 1
        while taken < len(words) and width_of(" ".join(words[: taken + 1]), size) <= width:
            taken += 1
        lines.append(clipped(" ".join(words[:taken]), size, width))
        words = words[taken:]
    if words:
        lines.append(clipped(" ".join(words), size, width))
    return lines


def fitted(
    text: str, sizes: Sequence[int], width: float, height: float
) -> tuple[int, int, list[str]]:
    """Choose the largest size at which the text fits, else the smallest, cut off.

    Returns:
        The size, the distance of two lines and the lines.
    """
    size, step, lines = sizes[-1], 0, list[str]()
    for size in sizes:
        step = round(size * 1.35)
        most = max(1, int(height // step))
        lines = wrapped(text, size, width, most)
        if sum(len(line.split()) for line in lines) >= len(text.split()) and not any(
            line.endswith("...") for line in lines
        ):
            break
    return size, step, lines


def tick(pen: ImageDraw.ImageDraw, left: float, top: float, side: float, done: bool) -> None:
    """Draw a round check box: a green tick when done, an empty ring when not."""
    box = (left, top, left + side, top + side)
    if not done:
        pen.ellipse(box, outline=FAINT, width=2)
        return
    pen.ellipse(box, fill=GOOD)
    points = [(0.24, 0.52), (0.44, 0.72), (0.77, 0.32)]
    stroke = [(left + x * side, top + y * side) for x, y in points]
    pen.line(stroke, fill=PAPER, width=max(2, round(side / 7)), joint="curve")


def bar(
    pen: ImageDraw.ImageDraw, left: float, middle: float, width: float, value: float, most: float
) -> None:
    """Draw a signed value as a bar to the right (green) or left (red) of a centre line."""
    centre = left + width / 2
    length = min(1.0, abs(value) / most) * width / 2 if most > 0 else 0.0
    if length >= 1:
        edges = (centre, centre + length) if value > 0 else (centre - length, centre)
        colour = GOOD if value > 0 else BAD
        pen.rounded_rectangle((edges[0], middle - 4, edges[1], middle + 4), 2, fill=colour)
    pen.line((centre, middle - 6, centre, middle + 6), fill=FAINT)


def numbered_boxes(
    pen: ImageDraw.ImageDraw,
    regions: Sequence[Region | None],
    left: int,
    top: int,
    across: float,
    down: float,
) -> None:
    """Draw each region's box, thin, with its slot's number at a corner.

    Args:
        pen: draws on the frame.
        regions: by slot; slot 0 (the whole image), None and empty masks are left out.
        left: of the picture in the frame.
        top: of the picture in the frame.
        across: frame pixels for one picture pixel, horizontally.
        down: the same vertically.
    """
    for slot, region in _boxed(regions):
        x0, y0, x1, y1 = region.box
        box = (left + x0 * across, top + y0 * down, left + x1 * across - 1, top + y1 * down - 1)
        colour = SLOT_COLOURS[(slot - 1) % len(SLOT_COLOURS)]
        # A dark line around the bright one keeps the box visible on any picture.
        pen.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=PAPER)
        pen.rectangle(box, outline=colour, width=2)
    for slot, region in _boxed(regions):
        tag(pen, left + region.box[0] * across, top + region.box[1] * down, slot)


def tag(pen: ImageDraw.ImageDraw, left: float, top: float, slot: int) -> float:
    """Draw a slot's number on its colour; return the tag's width."""
    text = str(slot)
    width = max(14.0, width_of(text, 12) + 6)
    colour = SLOT_COLOURS[(slot - 1) % len(SLOT_COLOURS)]
    pen.rectangle((left, top, left + width - 1, top + 14), fill=colour)
    pen.text((left + width / 2, top + 7.5), text, PAPER, font(12), anchor="mm")
    return width


def _boxed(regions: Sequence[Region | None]) -> list[tuple[int, Region]]:
    """Return (slot, region) of the regions that have a box, the largest box first."""
    boxed = [
        (slot, region)
        for slot, region in enumerate(regions)
        if slot > 0 and region is not None and region.box[2] > region.box[0]
    ]
    return sorted(boxed, key=lambda pair: -_box_area(pair[1]))


def _box_area(region: Region) -> int:
    left, top, right, bottom = region.box
    return (right - left) * (bottom - top)
