"""Measured rows: a file that is written after each, and a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from editenv_policies.checkpoints import write_text
from editenv_policies.evaluation import Evaluation
from editenv_policies.floors.settings import TITLES, FloorSettings


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: of the policy.
        settings: plain values: all that the figures depend on.
        score: what was found.
        seconds: wall time that it took.
        detail: further plain values, such as the calls of a constant sequence.
        made_by: the command, and the versions of what it ran with.
    """

    name: str
    settings: dict[str, Any]
    score: Evaluation
    seconds: float
    detail: dict[str, Any] = field(default_factory=dict)
    made_by: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the rate and its interval are there for people."""
        rate, interval = self.score.rate, self.score.interval
        return {**asdict(self), "rate": round(rate, 4), "interval": [round(x, 4) for x in interval]}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Row:
        """Undo ``as_json``."""
        fields = {key: saved[key] for key in ("name", "settings", "seconds", "detail", "made_by")}
        return cls(score=Evaluation(**saved["score"]), **fields)


class RowFile:
    """Rows of any ids and settings in one JSON file.

    Args:
        path: of the file, which need not exist; None keeps rows in memory only.

    Raises:
        ValueError: the file has something else in it.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: list[Row] = []
        if path is not None and path.exists():
            try:
                self._rows = [Row.from_json(row) for row in json.loads(path.read_text())["rows"]]
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"json={str(path)!r} has no rows of floors in it") from error

    def find(self, name: str, settings: Mapping[str, Any]) -> Row | None:
        """Return the row of that name that was measured with equal settings."""
        wanted = json.loads(json.dumps(dict(settings)))
        for row in self._rows:
            if row.name == name and row.settings == wanted:
                return row
        return None

    def add(self, row: Row) -> None:
        """Keep a row and write the file anew; a crash leaves the old or the new one."""
        self._rows.append(row)
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"rows": [row.as_json() for row in self._rows]}, indent=1)
        write_text(self._path, text + "\n")


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
