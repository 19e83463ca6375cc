"""What a person sees: a frame with both pictures and the state of the episode, or text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from editenv.envs.drawing import (
    FAINT,
    INK,
    PANEL,
    PAPER,
    bar,
    clipped,
    fitted,
    font,
    numbered_boxes,
    tag,
    tick,
    width_of,
)
from editenv.types import Image, Region

__all__ = ["METADATA", "render_frame", "render_text"]

METADATA: dict[str, Any] = {"render_modes": ["rgb_array", "human", "ansi"], "render_fps": 4}
"""``metadata`` of every environment."""

_GAP = 16
_TITLE = 24
_LEGEND = 24
_TEXT = 76
_ROW = 20
_ROWS = 6
_LEAST_WIDTH = 560
_BLOCK = 16


def render_frame(
    *,
    source: Image,
    canvas: Image,
    instruction: str,
    target: Image | None = None,
    last_call_text: str = "",
    reward_terms: Mapping[str, float] | None = None,
    checklist: Sequence[tuple[str, bool]] = (),
    regions: Sequence[Region | None] = (),
    size: int = 256,
) -> Image:
    """Draw the state of an episode.

    The frame's shape depends only on the pictures' shape, ``size`` and whether there is a target,
    never on the texts, so that the frames of an episode make a video.

    Args:
        source: (H, W, 3) uint8, the user's picture.
        canvas: the picture as it is now, of any shape.
        instruction: the user's words; set smaller, then cut, where they are long.
        target: the finished picture, or None to leave it out.
        last_call_text: what was done last.
        reward_terms: name to value; the six largest are shown, and their sum.
        checklist: pairs of a sub-edit and whether it is done; the first six are shown.
        regions: by slot; drawn as thin numbered boxes over the canvas.
        size: the longer side of a picture in the frame is at least this. Small pictures are
            enlarged by a whole factor without smoothing; those above twice ``size`` are reduced.

    Returns:
        (H', W', 3) uint8 with sides divisible by 16, as video encoders want them.
    """
    wide, high = _panel_size(source, size)
    pictures = [("source", source), ("canvas", canvas)]
    if target is not None:
        pictures.append(("target", target))
    width = _rounded_up(max(_LEAST_WIDTH, len(pictures) * (wide + _GAP) + _GAP))
    height = _rounded_up(_TITLE + high + _LEGEND + _TEXT + (_ROWS + 1) * _ROW + 3 * _GAP)
    frame = Pillow.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(frame)
    left = (width - len(pictures) * (wide + _GAP) + _GAP) // 2
    for name, picture in pictures:
        pen.text((left, _GAP // 2 + _TITLE // 2), name, FAINT, font(14), anchor="lm")
        top = _GAP // 2 + _TITLE
        frame.paste(Pillow.fromarray(_fit(picture, wide, high)), (left, top))
        if name == "canvas":
            across, down = wide / picture.shape[1], high / picture.shape[0]
            numbered_boxes(pen, regions, left, top, across, down)
        left += wide + _GAP
    top = _GAP // 2 + _TITLE + high + 6
    _draw_legend(pen, regions, _GAP, top, width - 2 * _GAP)
    top += _LEGEND
    _draw_instruction(pen, instruction, top, width)
    top += _TEXT + _GAP // 2
    half = (width - 3 * _GAP) // 2
    _draw_progress(pen, last_call_text, checklist, _GAP, top, half)
    _draw_reward(pen, reward_terms or {}, 2 * _GAP + half, top, half)
    return np.asarray(frame, np.uint8).copy()


def render_text(
    *,
    source: Image,
    canvas: Image,
    instruction: str,
    target: Image | None = None,
    last_call_text: str = "",
    reward_terms: Mapping[str, float] | None = None,
    checklist: Sequence[tuple[str, bool]] = (),
    regions: Sequence[Region | None] = (),
) -> str:
    """Describe the state of an episode in a few lines; takes what `render_frame` takes.

    Returns:
        Lines of plain text without control characters.
    """
    named = [f"[{slot}] {region.label}" for slot, region in enumerate(regions) if region]
    terms = reward_terms or {}
    changed = source.shape != canvas.shape or bool((source != canvas).any())
    lines = [
        f"instruction: {' '.join(instruction.split())}",
        f"regions:     {', '.join(named) or 'none'}",
        f"canvas:      {'changed' if changed else 'as the source'}",
        f"last call:   {last_call_text or 'none'}",
        *(f"[{'x' if done else ' '}] {text.strip()}" for text, done in checklist),
    ]
    if target is not None and target.shape == canvas.shape:
        error = np.abs(target.astype(np.int16) - canvas).mean() / 255
        lines.append(f"mean error to the target: {error:.4f}")
    if terms:
        parts = ", ".join(f"{name} {value:+.3f}" for name, value in terms.items())
        lines.append(f"reward:      {sum(terms.values()):+.3f} ({parts})")
    return "\n".join(lines)


def _rounded_up(side: int) -> int:
    """Video encoders work in blocks; some stretch a frame whose sides are not whole blocks."""
    return -(-side // _BLOCK) * _BLOCK


def _panel_size(picture: Image, size: int) -> tuple[int, int]:
    """Return (width, height) of a picture in the frame."""
    if size < 1:
        raise ValueError(f"size={size!r}: accepted is a positive number of pixels")
    height, width = picture.shape[:2]
    longest = max(height, width)
    factor = float(-(-size // longest)) if longest < size else min(1.0, 2 * size / longest)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _fit(picture: Image, width: int, height: int) -> Image:
    """Resize: blocks where the picture grows, averages where it shrinks."""
    grows = width >= picture.shape[1]
    how = cv2.INTER_NEAREST if grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def _draw_legend(
    pen: ImageDraw.ImageDraw, regions: Sequence[Region | None], left: float, top: float, width: int
) -> None:
    """Name the numbered boxes in one line, as many as fit."""
    end = left + width
    for slot, region in enumerate(regions):
        if slot == 0 or region is None:
            continue
        label = clipped(region.label, 13, 140)
        if left + 20 + width_of(label, 13) > end - 16:
            pen.text((left, top + 7), "...", FAINT, font(13), anchor="lm")
            return
        left += tag(pen, left, top, slot) + 5
        pen.text((left, top + 7), label, INK, font(13), anchor="lm")
        left += width_of(label, 13) + 14


def _draw_instruction(pen: ImageDraw.ImageDraw, text: str, top: float, width: int) -> None:
    """Draw the user's words in a box of their own."""
    pen.rounded_rectangle((_GAP, top, width - _GAP, top + _TEXT), 8, fill=PANEL)
    inner = _TEXT - 14
    size, step, lines = fitted(text, (18, 16, 14, 12), width - 4 * _GAP, inner)
    first = top + _TEXT / 2 - step * (len(lines) - 1) / 2
    for number, line in enumerate(lines):
        place = (2 * _GAP, first + number * step)
        pen.text(place, line, INK, font(size), anchor="lm")


def _draw_progress(
    pen: ImageDraw.ImageDraw,
    last_call: str,
    checklist: Sequence[tuple[str, bool]],
    left: float,
    top: float,
    width: int,
) -> None:
    """Draw the last call and the checklist below it."""
    middle = top + _ROW / 2
    pen.text((left, middle), "last call", FAINT, font(14), anchor="lm")
    start = width_of("last call", 14) + 10
    text = clipped(last_call or "none yet", 14, width - start)
    pen.text((left + start, middle), text, INK if last_call else FAINT, font(14), anchor="lm")
    shown = checklist if len(checklist) <= _ROWS else checklist[: _ROWS - 1]
    for row, (name, done) in enumerate(shown, start=1):
        middle = top + row * _ROW + _ROW / 2
        tick(pen, left, middle - 7, 14, done)
        colour = INK if done else FAINT
        label = clipped(name, 14, width - 22)
        pen.text((left + 22, middle), label, colour, font(14), anchor="lm")
    if len(checklist) > len(shown):
        middle = top + _ROWS * _ROW + _ROW / 2
        rest = f"and {len(checklist) - len(shown)} more"
        pen.text((left + 22, middle), rest, FAINT, font(14), anchor="lm")


def _draw_reward(
    pen: ImageDraw.ImageDraw, terms: Mapping[str, float], left: float, top: float, width: int
) -> None:
    """Draw the sum of the reward and its largest terms as bars."""
    right = left + width
    middle = top + _ROW / 2
    pen.text((left, middle), "reward", FAINT, font(14), anchor="lm")
    if not terms:
        return
    pen.text((right, middle), f"{sum(terms.values()):+.3f}", INK, font(15), anchor="rm")
    most = max(abs(value) for value in terms.values())
    largest = sorted(terms, key=lambda name: -abs(terms[name]))[:_ROWS]
    name_width, number_width = width * 0.4, 56
    # Their own order, so that a term keeps its row from frame to frame.
    for row, name in enumerate([name for name in terms if name in largest], start=1):
        middle = top + row * _ROW + _ROW / 2
        label = clipped(name.replace("_", " "), 14, name_width)
        pen.text((left, middle), label, INK, font(14), anchor="lm")
        space = width - name_width - number_width - 12
        bar(pen, left + name_width + 6, middle, space, terms[name], most)
        pen.text((right, middle), f"{terms[name]:+.3f}", INK, font(14), anchor="rm")
