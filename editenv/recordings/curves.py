"""Training curves for a page: what a run appended to ``curve.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FILE = "curve.jsonl"

COUNTED = ("steps", "rounds", "step")
"""What the horizontal axis may count."""

SHOWN = ("reward", "success", "entropy")
"""Figures that are drawn, where there are any."""

MOST_POINTS = 400
"""A longer curve is thinned: nobody sees more on a screen."""


def read_curves(folder: Path) -> list[dict[str, Any]]:
    """Read every curve in a folder and below.

    Returns:
        For each figure of each file: ``title``, ``axis`` (what is counted), and ``points``, pairs
        of numbers.
    """
    curves: list[dict[str, Any]] = []
    for path in sorted(folder.rglob(FILE)):
        home = path.parent.relative_to(folder).as_posix()
        prefix = "" if home == "." else f"{home}: "
        curves += _of_lines([*_lines(path)], prefix)
    return curves


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    """Lines of JSON; one that a crash cut off is left out."""
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            continue


def _of_lines(lines: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    axis = next((name for name in COUNTED if any(name in line for line in lines)), None)
    found: list[dict[str, Any]] = []
    for name in SHOWN if axis is not None else ():
        points = [[line[axis], line[name]] for line in lines if axis in line and name in line]
        if len(points) > 1:
            found.append({"title": prefix + name, "axis": axis, "points": _thinned(points)})
    return found


def _thinned(points: list[list[float]]) -> list[list[float]]:
    stride = -(-len(points) // MOST_POINTS)
    return [*points[:-1:stride], points[-1]]
