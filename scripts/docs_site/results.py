"""Charts of the benchmark tables, as SVG."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from editenv_policies.evaluation import wilson_interval
from matplotlib import pyplot

COLOURS = {
    "pipeline": "#9a958a",
    "clone": "#7c98d8",
    "clone, then PPO": "#3d5a9e",
    "oracle": "#1a7f4b",
}
INK = "#808080"
"""Readable on light and on dark paper."""


def charts(root: Path) -> dict[str, bytes]:
    """Draw every chart; by its place on the site."""
    solved = json.loads((root / "benchmarks" / "outcomes.json").read_text(encoding="utf-8"))
    return {"benchmarks/success.svg": _success(solved)}


def _success(solved: dict[str, dict[str, dict[str, dict[str, str]]]]) -> bytes:
    """Bars of the share that each policy solved, with 95 % intervals; all seeds' tasks together."""
    figure, axis = pyplot.subplots(figsize=(8, 3.6))
    names = [*COLOURS]
    for place, name in enumerate(names):
        for row, env_id in enumerate(solved):
            marks = "".join(solved[env_id]["policies"].get(name, {}).values())
            if not marks:
                continue
            count, share = marks.count("1"), marks.count("1") / len(marks)
            low, high = wilson_interval(count, len(marks))
            x = row + (place - (len(names) - 1) / 2) * 0.2
            label = name if row == 0 else None
            axis.bar(x, 100 * share, 0.18, color=COLOURS[name], label=label)
            axis.plot([x, x], [100 * low, 100 * high], color=INK, linewidth=1.2)
    axis.set(ylabel="solved, %", ylim=(0, 100))
    axis.set_xticks(
        range(len(solved)), [name.removesuffix("-v0").removeprefix("ImageEdit-") for name in solved]
    )
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    for part in (*axis.spines.values(), *axis.get_xticklines(), *axis.get_yticklines()):
        part.set_color(INK)
    axis.tick_params(colors=INK)
    axis.yaxis.label.set_color(INK)
    axis.legend(frameon=False, labelcolor=INK, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    figure.tight_layout()
    file = BytesIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    pyplot.close(figure)
    return file.getvalue()
