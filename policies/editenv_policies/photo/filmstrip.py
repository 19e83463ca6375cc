"""A strip of the photo after every step."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from editenv.envs.drawing import BAD, FAINT, INK, PAPER, SLOT_COLOURS, font, wrapped
from editenv.types import Image
from editenv_policies.photo.report import Report

SIDE, GAP, TEXT = 288, 12, 62


def draw_filmstrip(report: Report, in_a_row: int = 4) -> Image:
    """Draw the photo and what each round made of it, the region that it worked on outlined.

    Args:
        report: of the session.
        in_a_row: how many pictures stand side by side.

    Returns:
        (H, W, 3) uint8.
    """
    panels = [(report.photo.pixels, f"“{report.instruction}”", FAINT)]
    for round_ in report.rounds:
        if round_.failure is not None:
            panels.append((round_.after, f"failed: {round_.failure}", BAD))
        elif round_.reason is not None:
            panels.append((round_.before, f"{round_.words}: {round_.reason}", BAD))
        else:
            outlined = _outlined(round_.after, round_.region and round_.region.mask)
            panels.append((outlined, report.call_in_words(round_), INK))
    for beyond in report.beyond:
        panels.append((panels[-1][0], f"{beyond.clause}: {beyond.reason}", BAD))
    height, width = report.photo.pixels.shape[:2]
    wide, tall = (
        max(round(SIDE * min(1.0, width / height)), 60),
        max(round(SIDE * min(1.0, height / width)), 60),
    )
    columns = min(in_a_row, len(panels))
    rows = -(-len(panels) // columns)
    size = (columns * (wide + GAP) + GAP, rows * (tall + TEXT + GAP) + GAP)
    strip = Pillow.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(strip)
    for number, (picture, words, colour) in enumerate(panels):
        left = GAP + number % columns * (wide + GAP)
        top = GAP + number // columns * (tall + TEXT + GAP)
        small = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA)
        strip.paste(Pillow.fromarray(small), (left, top))
        for line, text in enumerate(wrapped(words, 13, wide, 4)):
            pen.text((left, top + tall + 4 + 14 * line), text, colour, font(13))
    return np.asarray(strip, np.uint8).copy()


def _outlined(picture: Image, mask: Image | None) -> Image:
    """Draw a thin line around a region, unless it is the whole photo."""
    if mask is None or mask.min() > 127:
        return picture
    drawn = picture.copy()
    edges, _ = cv2.findContours(
        (mask > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    thick = max(1, round(max(picture.shape[:2]) / SIDE * 1.5))
    cv2.drawContours(drawn, edges, -1, SLOT_COLOURS[0], thick)
    return drawn
