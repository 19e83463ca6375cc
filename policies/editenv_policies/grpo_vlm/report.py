"""What a training run leaves for people: a table, a curve, pictures with the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from editenv_policies.evaluation import wilson_interval
from editenv_policies.grpo_vlm.evaluation import AnswerScores
from editenv_policies.grpo_vlm.problems import Problems
from editenv_policies.report import wrap

TILE = 176
"""Side of a picture on the sheet, in pixels."""

ROWS = 10
"""Lines of text beside the pictures, at most."""

Scores = Mapping[str, Mapping[str, AnswerScores]]
"""By id of the tasks, then by name of the policy."""


def score_table(scores: Scores, baselines: Mapping[str, Mapping[str, int]], count: int) -> str:
    """One row an id and policy: image score and success, with 95 % intervals.

    Args:
        scores: of models.
        baselines: solved tasks, by id and name.
        count: tasks that baselines tried.
    """
    lines = ["| tasks | policy | image score | success |", "|---|---|---|---|"]
    for env_id, by_policy in scores.items():
        for name, found in by_policy.items():
            image = _share(*found.mean("image"), scale=1.0)
            lines.append(f"| {env_id} | {name} | {image} | {_share(*found.success)} % |")
        for name, solved in baselines.get(env_id, {}).items():
            interval = _share(solved / count, *wilson_interval(solved, count))
            lines.append(f"| {env_id} | {name} | | {interval} % |")
    return "\n".join(lines)


def relative_lift(scores: Scores, before: str, after: str) -> float | None:
    """How much higher the mean image score over all ids is after than before, as a share.

    None where it was 0 before.
    """
    first, second = (
        np.mean([by_policy[name].mean("image")[0] for by_policy in scores.values()])
        for name in (before, after)
    )
    return float(second / first - 1) if first else None


def _share(mean: float, low: float, high: float, scale: float = 100.0) -> str:
    digits = 1 if scale == 100.0 else 3
    return f"{scale * mean:.{digits}f} [{scale * low:.{digits}f}, {scale * high:.{digits}f}]"


def save_curves(curve: Sequence[Mapping[str, float]], path: Path, title: str) -> None:
    """Plot reward, success and entropy over the steps of training."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    # A step in which every group went equally well has no entropy: nothing was learned from it.
    names = [n for n in ("reward", "success", "entropy") if any(n in line for line in curve)]
    figure, axes = pyplot.subplots(1, len(names), figsize=(4 * len(names), 3.2), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        points = [(line["step"], line[name]) for line in curve if name in line]
        axis.plot(*zip(*points, strict=True), alpha=0.35)
        axis.plot(*zip(*_smooth(points), strict=True))
        axis.set(xlabel="step", ylabel=name)
        axis.grid(alpha=0.3)
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _smooth(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Means over a tenth of the run, at least five steps."""
    width = max(len(points) // 10, 5)
    values = [value for _, value in points]
    return [
        (step, float(np.mean(values[max(place + 1 - width, 0) : place + 1])))
        for place, (step, _) in enumerate(points)
    ]


def save_sheet(
    problems: Problems, indices: Sequence[int], scores: Mapping[str, AnswerScores], path: Path
) -> None:
    """Save one row a problem: the picture, what each policy made of it, what was wanted.

    Args:
        problems: which were asked.
        indices: their numbers, the first ones of the evaluation.
        scores: by name of the policy.
        path: the PNG.
    """
    width = (len(scores) + 2) * TILE + 430
    sheet = Image.new("RGB", (width, len(indices) * TILE), "white")
    for row, index in enumerate(indices):
        _draw_row(sheet, row * TILE, problems, index, {n: s.texts[row] for n, s in scores.items()})
    sheet.save(path)


def _draw_row(
    sheet: Image.Image, top: int, problems: Problems, index: int, texts: Mapping[str, str]
) -> None:
    problem = problems[index]
    font = ImageFont.load_default(size=12)
    shown = {name: problems.pictures(problem, text) for name, text in texts.items()}
    first = next(iter(shown.values()))
    columns = {"before": first[0], **{name: strip[1] for name, strip in shown.items()}}
    columns |= {"wanted": first[2]} if len(first) > 2 else {}
    draw = ImageDraw.Draw(sheet)
    for column, (name, picture) in enumerate(columns.items()):
        tile = Image.fromarray(picture).resize((TILE - 4, TILE - 4), Image.Resampling.BICUBIC)
        sheet.paste(tile, (column * TILE + 2, top + 2))
        place = (column * TILE + 6, top + 4)
        draw.text(place, name, "white", font, stroke_width=2, stroke_fill="black")
    left = (len(texts) + 2) * TILE + 8
    lines = wrap(_words(problem.messages), font, 410)
    for name, text in texts.items():
        lines += [f"{name}:", *(f"  {line}" for line in text.splitlines())]
    draw.multiline_text((left, top + 4), "\n".join(lines[:ROWS]), "black", font)


def _words(messages: Sequence[Mapping[str, Any]]) -> str:
    """The user's words."""
    parts = messages[-1]["content"]
    return " ".join(part["text"] for part in parts if part["type"] == "text")
