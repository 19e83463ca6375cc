"""A strip of pictures: the photo before, and after every step."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from editenv.envs.drawing import BAD, FAINT, INK, PAPER, SLOT_COLOURS, font, wrapped
from editenv.imaging.depth import to_eight
from editenv.types import Image, Mask
from editenv_policies.photo.report import Report, step_in_words

SIDE, GAP, TEXT = 288, 12, 62


def draw_filmstrip(report: Report, in_a_row: int = 4) -> Image:
    """Draw the photo and the result of each round, with its region outlined.

    Args:
        report: of the session.
        in_a_row: how many pictures stand side by side.

    Returns:
        (H, W, 3) uint8.
    """
    panels = [(_small(report.photo.pixels), f"“{report.instruction}”", FAINT)]
    for round_ in report.rounds:
        if round_.failure is not None:
            panels.append((_small(round_.after), f"failed: {round_.failure}", BAD))
        elif round_.reason is not None:
            said = f"{round_.step.words}: {round_.reason}"
            panels.append((_small(round_.before), said, BAD))
        else:
            # A mask fits the picture that it was planned for.
            region = round_.step.region if round_.before.shape == round_.after.shape else None
            picture = _outlined(_small(round_.after), region and region.mask)
            panels.append((picture, step_in_words(round_.step, report.tools), INK))
    for beyond in report.beyond:
        panels.append((panels[-1][0], f"{beyond.clause}: {beyond.reason}", BAD))
    wide = max(picture.shape[1] for picture, _, _ in panels)
    tall = max(picture.shape[0] for picture, _, _ in panels)
    columns = min(in_a_row, len(panels))
    rows = -(-len(panels) // columns)
    size = (columns * (wide + GAP) + GAP, rows * (tall + TEXT + GAP) + GAP)
    strip = Pillow.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(strip)
    for number, (picture, words, colour) in enumerate(panels):
        left = GAP + number % columns * (wide + GAP)
        top = GAP + number // columns * (tall + TEXT + GAP)
        strip.paste(Pillow.fromarray(picture), (left, top))
        for line, text in enumerate(wrapped(words, 13, wide, 4)):
            pen.text((left, top + tall + 4 + 14 * line), text, colour, font(13))
    return np.asarray(strip, np.uint8).copy()


def _small(picture: Image) -> Image:
    height, width = picture.shape[:2]
    shrink = min(SIDE / max(height, width), 1.0)
    size = max(round(width * shrink), 60), max(round(height * shrink), 1)
    return to_eight(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _outlined(picture: Image, mask: Mask | None) -> Image:
    """Draw a thin line around a region, unless it is the whole photo."""
    if mask is None or mask.min() > 127:
        return picture
    small = cv2.resize(mask, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    edges, _ = cv2.findContours(
        (small > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    drawn = picture.copy()
    cv2.drawContours(drawn, edges, -1, SLOT_COLOURS[0], 1)
    return drawn
