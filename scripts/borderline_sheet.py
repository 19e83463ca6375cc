"""Draw pairs just inside and just outside the thresholds of success, for people to judge.

python scripts/borderline_sheet.py docs/images/borderline.png
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from editenv.success import Checklist
from editenv.tasks import make_tasks
from editenv.tasks.goals import ACTIONS
from editenv.types import EditTask

TILE = 112
PAIRS_A_ROW = 5
SHARES = np.linspace(0.0, 1.0, 101)


def mixture(task: EditTask, share: float) -> np.ndarray:
    """The target with a share of the source still in it: an edit not quite done."""
    assert task.target is not None
    return cv2.addWeighted(task.source, float(share), task.target, 1.0 - float(share), 0.0)


def borderline(task: EditTask) -> tuple[np.ndarray, np.ndarray] | None:
    """The worst canvas that is accepted, and one that is rejected by a little more."""
    checklist = Checklist(task)
    accepted = [s for s in SHARES if checklist.verdict(mixture(task, s)).success]
    if not accepted:
        return None
    return mixture(task, max(accepted)), mixture(task, min(max(accepted) * 1.3 + 0.02, 1.0))


def main() -> None:
    """Two tasks an action, an accepted and a rejected pair each."""
    tasks = make_tasks("direct", split="test", height=64, width=64)
    wanted = {action: 2 for action in ACTIONS if action not in ("background", "add")}
    cells: list[tuple[np.ndarray, np.ndarray, str, bool]] = []
    index = 0
    while any(wanted.values()):
        task, index = tasks[index], index + 1
        edit = task.sub_edits[0]
        pair = borderline(task) if wanted.get(edit.action) else None
        if pair is None or task.target is None:
            continue
        wanted[edit.action] -= 1
        name = f"{edit.action} {edit.goal}"
        cells += [(task.target, pair[0], name, True), (task.target, pair[1], name, False)]
    draw_sheet(cells, Path(sys.argv[1]))


def draw_sheet(cells: list[tuple[np.ndarray, np.ndarray, str, bool]], path: Path) -> None:
    """Target on the left of each pair, canvas on the right."""
    rows = -(-len(cells) // PAIRS_A_ROW)
    sheet = Image.new("RGB", (PAIRS_A_ROW * (2 * TILE + 12), rows * (TILE + 22)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=11)
    for number, (target, canvas, name, accepted) in enumerate(cells):
        left = (number % PAIRS_A_ROW) * (2 * TILE + 12)
        top = (number // PAIRS_A_ROW) * (TILE + 22)
        for column, picture in enumerate((target, canvas)):
            tile = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.BICUBIC)
            sheet.paste(tile, (left + column * TILE, top))
        colour = "#15803d" if accepted else "#b91c1c"
        verdict = "accepted" if accepted else "rejected"
        draw.text((left + 2, top + TILE + 3), f"{name}: {verdict}", colour, font)
    sheet.save(path)


if __name__ == "__main__":
    main()
