"""Pictures of an audit: strips of probes with their scores, and the worst violations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from editenv.envs.drawing import BAD, FAINT, GOOD, INK, PAPER, clipped, font
from editenv.failure import Failure
from editenv.models.audit.probes import NAMES
from editenv.models.audit.report import Pair, Report
from editenv.models.audit.scorers import Mark
from editenv.types import Image

TILE = 128
GAP = 6
LABEL = 34
TITLE = 24
ROWS = 3
"""Tasks on a sheet of probes."""

MOST_VIOLATIONS = 8


@dataclass(frozen=True, eq=False)
class Cell:
    """A picture with two lines below it."""

    picture: Image
    name: str
    value: str = ""
    colour: tuple[int, int, int] = INK


def probe_sheet(report: Report, rows: int = ROWS) -> Image:
    """Draw the source and all probes of the tasks that have most of them, with their scores.

    Args:
        report: what was found.
        rows: number of tasks.

    Returns:
        (H, W, 3) uint8.
    """
    numbers = range(len(report.samples))
    fullest = sorted(numbers, key=lambda n: (-len(report.samples[n].probes), n))[:rows]
    strips = []
    for number in sorted(fullest):
        sample = report.samples[number]
        cells = [Cell(sample.task.source, "source")]
        cells += [_cell(report, number, name) for name in NAMES if name in sample.probes]
        strips.append((f'seed {sample.seed}: "{sample.task.instruction}"', cells))
    return _drawn(strips)


def violation_sheet(report: Report) -> Image:
    """Draw the worst violation of each violated pair that counts: source, better and worse."""
    pairs = [pair for pair in report.pairs if pair.counts and pair.violated]
    pairs.sort(key=lambda pair: -pair.rate)
    return _drawn([_violation(report, pair) for pair in pairs[:MOST_VIOLATIONS]])


def _violation(report: Report, pair: Pair) -> tuple[str, list[Cell]]:
    number, order = pair.violated[0], pair.order
    sample = report.samples[number]
    cells = [Cell(sample.task.source, "source")]
    cells += [_cell(report, number, name, BAD) for name in (order.better, order.worse)]
    title = f'{order} violated in {pair.rate:.0%}, seed {sample.seed}: "{sample.task.instruction}"'
    return title, cells


def _cell(
    report: Report, number: int, name: str, colour: tuple[int, int, int] | None = None
) -> Cell:
    mark = report.marks[number].get(name)
    if isinstance(mark, Failure):
        value, shade = mark.kind, FAINT
    elif isinstance(mark, Mark):
        value, shade = f"{mark.value:.2f}", GOOD if mark.solved else INK
    else:
        value, shade = "", FAINT
    return Cell(report.samples[number].probes[name].picture, name, value, colour or shade)


def _drawn(strips: list[tuple[str, list[Cell]]]) -> Image:
    """One strip below the other, each with a line of text above it."""
    columns = max((len(cells) for _, cells in strips), default=1)
    width = max(columns * (TILE + GAP) + GAP, 640)
    high = TITLE + TILE + LABEL + GAP
    sheet = Pillow.new("RGB", (width, max(len(strips), 1) * high + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    for row, (title, cells) in enumerate(strips):
        top = GAP + row * high
        pen.text((GAP, top), clipped(title, 13, width - 2 * GAP), fill=INK, font=font(13))
        for column, cell in enumerate(cells):
            left, upper = GAP + column * (TILE + GAP), top + TITLE
            sheet.paste(_tile(cell.picture), (left, upper))
            pen.text((left, upper + TILE + 2), cell.name, fill=FAINT, font=font(12))
            pen.text((left, upper + TILE + 16), cell.value, fill=cell.colour, font=font(13))
    return np.asarray(sheet)


def _tile(picture: Image) -> Pillow.Image:
    height, width = picture.shape[:2]
    scale = TILE / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return Pillow.fromarray(picture).resize(size, Pillow.Resampling.BICUBIC)
