"""Draw pairs just inside and just outside the thresholds of success, for people to judge.

python scripts/borderline_sheet.py docs/images/borderline.png
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from editenv_policies.arguments import Parser, new_file, run_main
from PIL import Image, ImageDraw, ImageFont

from editenv.success import Checklist
from editenv.tasks import make_tasks
from editenv.types import EditTask

SIDE = 128
TILE = 128
PAIRS_A_ROW = 4
SHARES = np.linspace(0.0, 1.0, 101)

DIRECT = (
    *("recolour", "brightness", "saturation", "blur", "pixelate", "remove", "shadow left"),
    *("move", "scale", "flip", "replace", "add", "background"),
)

WANTED = {
    "direct": dict.fromkeys(DIRECT, 1),
    "retouch": dict.fromkeys(("exposure", "white_balance", "contrast", "crop"), 1),
    "restore": dict.fromkeys(("denoise", "deblock", "deblur", "low_light"), 1),
}
"""By family of tasks: how many pairs of each action. ``"shadow left"`` is a removal that leaves
some of what the thing has done to its surroundings."""

MOST_TASKS = 600


class Cell(NamedTuple):
    """A target, a canvas, and what is written below them."""

    target: np.ndarray
    canvas: np.ndarray
    name: str
    accepted: bool


def undone(task: EditTask) -> Callable[[float], np.ndarray]:
    """The target with a share of the source still in it: an edit not quite done."""
    return lambda share: _mixed(task, np.full((SIDE, SIDE), share, np.float32))


def shadow_left(task: EditTask) -> Callable[[float], np.ndarray]:
    """The same around the subject only."""
    subject = task.sub_edits[0].subject_mask
    assert subject is not None
    return lambda share: _mixed(task, np.where(subject > 0, 0.0, share).astype(np.float32))


def _mixed(task: EditTask, share: np.ndarray) -> np.ndarray:
    assert task.target is not None
    weight = share[..., None]
    return np.rint(weight * task.source + (1.0 - weight) * task.target).astype(np.uint8)


def borderline(
    task: EditTask, canvas_at: Callable[[float], np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """The worst canvas that is accepted, and one that is rejected by a little more."""
    checklist = Checklist(task)
    accepted = [s for s in SHARES if checklist.verdict(canvas_at(s)).success]
    if not accepted or max(accepted) == 1.0:
        return None
    return canvas_at(max(accepted)), canvas_at(min(max(accepted) * 1.3 + 0.02, 1.0))


def pairs(family: str) -> Iterator[Cell]:
    """An accepted and a rejected canvas for each pair that is wanted of a family."""
    wanted = dict(WANTED[family])
    tasks = make_tasks(family, split="test", height=SIDE, width=SIDE)
    for index in range(MOST_TASKS):
        task = tasks[index]
        if len(task.sub_edits) > 1 or task.target is None:
            continue
        action = task.sub_edits[0].action
        ways = {action: undone(task)}
        if action == "remove":
            ways["shadow left"] = shadow_left(task)
        for name, canvas_at in ways.items():
            pair = borderline(task, canvas_at) if wanted.get(name) else None
            if pair is not None:
                wanted[name] -= 1
                label = f"{name} {task.sub_edits[0].goal}"
                yield Cell(task.target, pair[0], label, True)
                yield Cell(task.target, pair[1], label, False)
        if not any(wanted.values()):
            return


def draw_sheet(cells: list[Cell], path: Path) -> None:
    """Target on the left of each pair, canvas on the right."""
    rows = -(-len(cells) // PAIRS_A_ROW)
    sheet = Image.new("RGB", (PAIRS_A_ROW * (2 * TILE + 12), rows * (TILE + 22)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=11)
    for number, cell in enumerate(cells):
        left = (number % PAIRS_A_ROW) * (2 * TILE + 12)
        top = (number // PAIRS_A_ROW) * (TILE + 22)
        for column, picture in enumerate((cell.target, cell.canvas)):
            tile = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.BICUBIC)
            sheet.paste(tile, (left + column * TILE, top))
        colour = "#15803d" if cell.accepted else "#b91c1c"
        verdict = "accepted" if cell.accepted else "rejected"
        draw.text((left + 2, top + TILE + 3), f"{cell.name}: {verdict}", colour, font)
    sheet.save(path, optimize=True)


def main() -> None:
    """One task an action, an accepted and a rejected pair each."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=new_file, help="a PNG")
    path = parser.parse_args().path
    draw_sheet([cell for family in WANTED for cell in pairs(family)], path)


if __name__ == "__main__":
    run_main(main)
