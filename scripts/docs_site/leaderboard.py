"""The leaderboard, made from result files: ``benchmarks/outcomes.json`` and ``leaderboard/``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editenv_policies.evaluation import HELD_OUT_SEED, Evaluation

from editenv import CONFIGURATIONS

MARK = "<!-- leaderboard -->"

LEAST_TASKS = 500

KINDS = ("learned", "zero-shot", "scripted", "privileged")
"""Who may be compared with whom: ``privileged`` is told something that has to be seen."""

OURS = {"pipeline": "scripted", "clone": "learned", "clone, then PPO": "learned"}
"""Policies of this package that take part; the oracle is an upper bound, and no entry."""


@dataclass(frozen=True)
class Entry:
    """One row.

    Attributes:
        env_id: of the tasks.
        policy: its name, a link where there is one.
        kind: one of ``KINDS``.
        by: who sent it in.
        score: on the first ``score.episodes`` tasks of the test split.
    """

    env_id: str
    policy: str
    kind: str
    by: str
    score: Evaluation


def as_markdown(root: Path) -> str:
    """Return a table an id, the best policy first.

    Raises:
        ValueError: a file in ``leaderboard/`` breaks a rule; the message says which.
    """
    solved = json.loads((root / "benchmarks" / "outcomes.json").read_text(encoding="utf-8"))
    known = {env_id: about["environment"] for env_id, about in solved.items()}
    entries = [*_ours(solved)]
    for path in sorted((root / "leaderboard").glob("*.json")):
        entries += read(path, known)
    return "\n\n".join(_table(name, entries) for name in CONFIGURATIONS if _of(name, entries))


def _of(env_id: str, entries: list[Entry]) -> list[Entry]:
    found = [entry for entry in entries if entry.env_id == env_id]
    return sorted(found, key=lambda entry: -entry.score.rate)


def _table(env_id: str, entries: list[Entry]) -> str:
    lines = [f"### {env_id}", "", "| policy | kind | solved, 95 % interval | tasks | by |"]
    lines.append("|---|---|---|---|---|")
    for entry in _of(env_id, entries):
        cells = (entry.policy, entry.kind, entry.score, entry.score.episodes, entry.by)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _ours(solved: dict[str, Any]) -> Iterator[Entry]:
    for env_id, about in solved.items():
        for name, kind in OURS.items():
            marks = "".join(about["policies"].get(name, {}).values())
            if marks:
                score = Evaluation(marks.count("1"), len(marks), 0.0, 0.0)
                yield Entry(env_id, name, kind, "editenv", score)


def read(path: Path, known: dict[str, str]) -> list[Entry]:
    """Read what was sent in: a file of ``examples/evaluate.py --json``, with ``about``.

    Args:
        path: the file.
        known: by id, the fingerprint of the environment that other entries played.

    Raises:
        ValueError: it breaks a rule.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    env_id = found.get("env")

    def must(holds: bool, rule: str) -> None:
        if not holds:
            raise ValueError(f"{path.name}: {rule}")

    must(env_id in CONFIGURATIONS, f"env={env_id!r} must be one of {[*CONFIGURATIONS]}")
    must(found.get("split") == "test", f"split={found.get('split')!r} must be 'test'")
    first, tasks = found.get("first_seed"), found.get("tasks", 0)
    must(first == HELD_OUT_SEED, f"first_seed={first!r} must be {HELD_OUT_SEED}")
    must(tasks >= LEAST_TASKS, f"tasks={tasks!r} must be at least {LEAST_TASKS}")
    fingerprint = found.get("environment")
    there = known.setdefault(env_id, fingerprint)
    must(fingerprint == there, f"environment={fingerprint!r}: the others played {there!r}")
    return [_entry(name, score, found, must) for name, score in found["policies"].items()]


def _entry(name: str, score: dict[str, Any], found: dict[str, Any], must: Any) -> Entry:
    about = found.get("about", {}).get(name, {})
    for key in ("by", "kind", "command"):
        must(bool(about.get(key)), f"about[{name!r}][{key!r}] is missing")
    must(about["kind"] in KINDS, f"kind={about['kind']!r} must be one of {KINDS}")
    must(score["episodes"] == found["tasks"], f"{name!r} played {score['episodes']} tasks")
    policy = f"[{name}]({about['link']})" if about.get("link") else name
    counted = {key: score[key] for key in ("successes", "episodes", "mean_return", "mean_length")}
    return Entry(found["env"], policy, about["kind"], about["by"], Evaluation(**counted))
