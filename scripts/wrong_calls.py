"""How often is a task solved although one of its edits was done wrongly?

python scripts/wrong_calls.py --id ImageEdit-Direct-v0 [--attempts 120] [--sheet passed.png]

In every attempt all edits of a task are done as asked but one, which gets another tool or another
option on the right region: by turns the nearest other option, any other option, and the call of
another tool that comes nearest. What passes is printed and can be looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from editenv.imaging.metrics import mean_error
from editenv.registration import CONFIGURATIONS
from editenv.success import Checklist
from editenv.tasks import make_tasks
from editenv.tools import Tool, make_tools
from editenv.tools.run import edit_one
from editenv.types import EditTask, Image, SubEdit

TILE = 160
COLUMNS = 3
SAME = 0.004
"""Mean error inside the mask up to which a wrong call has led to the very picture that the right
one leads to, as "left" and "left edge" may, or any colour before the photo turns black and white:
nothing tells the two apart."""

MOST_OPTIONS = 12
"""So many options of a tool are tried at most, by chance."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """One task done with one wrong call, and what came of it."""

    task: EditTask
    asked: str
    done: str
    result: Image
    passed: bool


def attempts(
    task: EditTask, tools: Sequence[Tool], rng: np.random.Generator
) -> tuple[bool, list[Attempt]]:
    """Do a task rightly, then wrongly in up to three ways; whether the right way passed first."""
    checklist = Checklist(task)
    wrong_at = int(rng.integers(len(task.sub_edits)))
    made: list[Attempt] = []
    before = _do(task, range(wrong_at), tools, task.source)
    edit = task.sub_edits[wrong_at]
    rest = range(wrong_at + 1, len(task.sub_edits))
    right = _do(task, range(wrong_at, len(task.sub_edits)), tools, before)
    for done, canvas in _wrong_ways(before, edit, task.stages[wrong_at], tools, rng):
        result = _do(task, rest, tools, canvas)
        if mean_error(result, right, edit.mask) <= SAME:
            continue
        passed = checklist.verdict(result).success
        made.append(Attempt(task, f"{edit.action} {edit.goal}", done, result, passed))
    return checklist.verdict(right).success, made


def _do(task: EditTask, which: range, tools: Sequence[Tool], canvas: Image) -> Image:
    """Carry out some sub-edits by the rival tools that come nearest."""
    for index in which:
        edit, stage = task.sub_edits[index], task.stages[index]
        results = [picture for _, right, picture in _results(canvas, edit, tools) if right]
        canvas = min(results, key=lambda picture: mean_error(picture, stage, edit.mask))
    return canvas


def _results(
    canvas: Image, edit: SubEdit, tools: Sequence[Tool], rng: np.random.Generator | None = None
) -> Iterator[tuple[str, bool, Image]]:
    """Every call on the edit's subject: its name, whether it was asked for, its picture.

    Without ``rng`` only those that were asked for.
    """
    mask = edit.subject_mask
    assert mask is not None
    whole = bool((mask == 255).all())
    for tool in tools:
        if tool.target == ("region" if whole else "image"):
            continue
        chosen = np.arange(len(tool.options))
        if rng is not None and len(chosen) > MOST_OPTIONS:
            chosen = rng.choice(chosen, MOST_OPTIONS, replace=False)
        for option in chosen:
            name = tool.options[option]
            right = tool.action == edit.action and edit.goal in ("", name)
            if right or rng is not None:
                picture = edit_one(tool, canvas, mask, int(option)).image
                yield f"{tool.action} {name}", right, picture


def _wrong_ways(
    before: Image, edit: SubEdit, stage: Image, tools: Sequence[Tool], rng: np.random.Generator
) -> Iterator[tuple[str, Image]]:
    same: list[tuple[float, str, Image]] = []
    other: list[tuple[float, str, Image]] = []
    for name, right, picture in _results(before, edit, tools, rng):
        error = mean_error(picture, stage, edit.mask)
        if not right and error > SAME:
            kind = same if name.startswith(f"{edit.action} ") else other
            kind.append((error, name, picture))
    for kind in (same, other):
        kind.sort(key=lambda way: way[0])
    ways = same[:1] + other[:1]
    if len(same) > 1:
        ways.append(same[int(rng.integers(1, len(same)))])
    for _, name, picture in ways:
        yield name, picture


def collect(env_id: str, count: int, size: int, split: str = "test") -> tuple[float, list[Attempt]]:
    """Return how often the right calls pass, and at least ``count`` wrong attempts on an id."""
    _, kwargs = CONFIGURATIONS[env_id]
    tasks = make_tasks(kwargs["tasks"], split=split, height=size, width=size)
    tools = make_tools(kwargs.get("tools", "objects"))
    rng = np.random.default_rng(0)
    made: list[Attempt] = []
    solved: list[bool] = []
    while len(made) < count:
        right, wrong = attempts(tasks[len(solved)], tools, rng)
        solved.append(right)
        made += wrong
    return float(np.mean(solved)), made


def draw_sheet(passed: Sequence[Attempt], path: str) -> None:
    """Source, target and result of each attempt, to be looked at."""
    rows = -(-len(passed) // COLUMNS)
    wide, high = 3 * TILE + 12, TILE + 30
    sheet = Pillow.new("RGB", (COLUMNS * wide, max(rows, 1) * high), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=12)
    for number, attempt in enumerate(passed):
        left, top = number % COLUMNS * wide, number // COLUMNS * high
        assert attempt.task.target is not None
        for place, picture in enumerate((attempt.task.source, attempt.task.target, attempt.result)):
            tile = Pillow.fromarray(picture).resize((TILE, TILE), Pillow.Resampling.BICUBIC)
            sheet.paste(tile, (left + place * TILE, top))
        text = f"asked: {attempt.asked}; done: {attempt.done}"
        draw.text((left + 2, top + TILE + 4), text, "black", font)
    sheet.save(path)


def main() -> None:
    """Print how many wrong attempts pass, and which."""
    parser = Parser(description=__doc__.split("\n")[0])
    parser.add_argument("--id", required=True, choices=sorted(CONFIGURATIONS))
    parser.add_argument("--attempts", type=at_least(1), default=120)
    parser.add_argument("--size", type=at_least(1), default=128)
    parser.add_argument("--split", default="test")
    parser.add_argument("--sheet", type=new_file, help="PNG of the attempts that pass")
    given = parser.parse_args()
    solved, made = collect(given.id, given.attempts, given.size, given.split)
    passed = [attempt for attempt in made if attempt.passed]
    share = 100 * len(passed) / len(made)
    print(f"{given.id}: {len(passed)} of {len(made)} wrong attempts pass ({share:.1f} %)", end="; ")
    print(f"done rightly, {100 * solved:.1f} % pass")
    for (asked, done), count in Counter((a.asked, a.done) for a in passed).most_common():
        print(f"  {count} x asked {asked!r}, done {done!r}")
    if given.sheet:
        draw_sheet(passed, given.sheet)


if __name__ == "__main__":
    run_main(main)
