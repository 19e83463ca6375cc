"""What an audit found, for people: Markdown, JSON and pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image as Pillow

from editenv.models.audit.report import Pair, Report
from editenv.models.audit.sheets import probe_sheet, violation_sheet
from editenv.types import Image


def as_markdown(reports: Sequence[Report]) -> str:
    """Return a summary and, for each report, its pairs, probes and checks as tables."""
    head = ["| id | scorer | tasks | pairs that count | violated | smallest gap | passed |"]
    head.append("|---|---|---|---|---|---|---|")
    for report in reports:
        pairs = [pair for pair in report.pairs if pair.counts and pair.tasks]
        compared = sum(pair.tasks for pair in pairs)
        violated = sum(len(pair.violated) for pair in pairs)
        least = min((pair.least for pair in pairs if pair.order.strict), default=0.0)
        head.append(
            f"| {report.env_id} | {report.scorer} | {len(report.samples)} | {compared} | "
            f"{violated} | {least:.3f} | {'yes' if report.passed else '**no**'} |"
        )
    return "\n\n".join(["\n".join(head), *map(_section, reports)]) + "\n"


def write_reports(reports: Sequence[Report], folder: str | Path) -> None:
    """Write ``audit.md``, ``audit.json`` and the pictures of every report into a folder.

    Args:
        reports: what ``audit`` returned.
        folder: made where it does not exist; files of an earlier audit are written over.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [as_markdown(reports)]
    for report in reports:
        for name, picture in _pictures(report):
            Pillow.fromarray(picture).save(folder / name)
            lines.append(f"![{report.env_id}, {report.scorer}]({name})\n")
    (folder / "audit.md").write_text("\n".join(lines), encoding="utf-8")
    found = [report.as_json() for report in reports]
    (folder / "audit.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")


def _pictures(report: Report) -> Iterator[tuple[str, Image]]:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", f"{report.env_id}-{report.scorer}").strip("-")[:100]
    yield f"{stem}.png", probe_sheet(report)
    if any(pair.violated for pair in report.pairs if pair.counts):
        yield f"{stem}-violations.png", violation_sheet(report)


def _section(report: Report) -> str:
    lines = [
        f"## {report.env_id}: {report.scorer}",
        "",
        f"{len(report.samples)} tasks; a pair may be violated in {report.tolerance:.0%} of them.",
        "",
        "| order | tasks | violated | rate | mean gap | smallest gap | |",
        "|---|---|---|---|---|---|---|",
        *(_pair_row(report, pair) for pair in report.pairs),
        "",
        "| probe | tasks | mean | std | taken as solved |",
        "|---|---|---|---|---|",
    ]
    for name, row in report.statistics().items():
        solved = "" if row["solved"] is None else f"{row['solved']:.0%}"
        figures = f"{row['tasks']} | {row['mean']:.3f} | {row['std']:.3f}"
        lines.append(f"| {name} | {figures} | {solved} |")
    lines += ["", "| check | value | limit | |", "|---|---|---|---|"]
    for check in report.checks:
        value = "not measured" if check.value is None else f"{check.value:.3g}"
        limit = "" if check.limit is None else f"{check.limit:.3g}"
        lines.append(f"| {check.name} | {value} | {limit} | {_mark(check.passed, check.limit)} |")
    if report.failures:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(report.failures.items()))
        lines += ["", f"Not scored, and so in no figure: {kinds}."]
    return "\n".join(lines)


def _pair_row(report: Report, pair: Pair) -> str:
    verdict = "violated" if report.broken(pair) else "ok"
    if not pair.counts:
        verdict = "for information"
    elif not pair.tasks:
        verdict = "not scored"
    return (
        f"| {pair.order} | {pair.tasks} | {len(pair.violated)} | {pair.rate:.0%} | "
        f"{pair.gap:.3f} | {pair.least:.3f} | {verdict} |"
    )


def _mark(passed: bool, limit: float | None) -> str:
    return "for information" if limit is None else ("ok" if passed else "too large")
