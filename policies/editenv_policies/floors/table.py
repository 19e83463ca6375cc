"""Rows as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from editenv_policies.floors.rows import Row
from editenv_policies.floors.settings import TITLES, FloorSettings


def as_markdown(settings: FloorSettings, rows: Sequence[Row]) -> str:
    """One line a row, with its 95 % interval, and what it stands for."""
    lines = [
        f"`{settings.env_id}`, {settings.episodes} tasks of the test split, seed {settings.seed}:",
        "",
        "| policy | success (95 % interval) | return | calls | seconds |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        score, title = row.score, TITLES[row.name]
        if "calls" in row.detail:
            title = f"{title}: `{row.detail['calls']}`"
        cells = (title, score, f"{score.mean_return:.2f}", f"{score.mean_length:.1f}")
        lines.append(f"| {' | '.join(map(str, cells))} | {row.seconds:.0f} |")
    return "\n".join(lines)
