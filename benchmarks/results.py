"""One table an id with every policy in it, over seeds.

    python benchmarks/results.py runs/a runs/b --write benchmarks/results.md

Takes finished runs of ``examples/train_coordinator.py`` into ``benchmarks/outcomes.json`` (which
tasks each policy solved), and writes the tables of all that is there, with the rows of
``benchmarks/floors.json``. Without runs the tables are made anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from editenv_policies.aggregate import bootstrap_interval, interquartile_mean
from editenv_policies.arguments import Parser, existing, run_main
from editenv_policies.checkpoints import write_text
from editenv_policies.evaluation import wilson_interval
from editenv_policies.recipe.judge import OUTCOMES, RESULTS

import editenv

HERE = Path(__file__).parent

FLOORS = {
    "random": "random",
    "constant": "best constant sequence",
    "clone-no-picture": "cloned without the picture",
}
"""Rows of ``floors.json`` that stand beside the policies; the others are among the outcomes."""

INTRO = """# Results by id

Held-out tasks of the test split, no privileged labels. One seed: the share that was solved, with
Wilson's interval. Several: the interquartile mean over seeds, with a bootstrap over seeds and tasks
(`editenv_policies.aggregate`). Made by `python benchmarks/results.py --write benchmarks/{file}`
from `outcomes.json`, which has every seed's outcomes, and `floors.json`.

"""

Solved = dict[str, dict[str, Any]]
"""By id: ``environment`` and ``count`` of its tasks, and ``policies``: by policy and seed "1" for
a task that was solved, "0" for one that was not."""


def add(solved: Solved, run: Path) -> None:
    """Put the outcomes of a finished run where they belong.

    Raises:
        ValueError: the run is not finished, or of other tasks than what is there.
    """
    if not (run / RESULTS).exists():
        raise ValueError(f"run={str(run)!r} is not finished: it has no {RESULTS}")
    results = json.loads((run / RESULTS).read_text())
    tasks = {"environment": results["environment"], "count": results["held_out"]["tasks"]}
    known = solved.setdefault(results["env"], {**tasks, "policies": {}})
    there = {key: known[key] for key in tasks}
    if tasks != there:
        raise ValueError(f"run={str(run)!r} played {tasks}: the others of its id played {there}")
    for name, outcomes in json.loads((run / OUTCOMES).read_text()).items():
        marks = "".join(str(int(done)) for done, *_ in outcomes)
        known["policies"].setdefault(name, {})[str(results["seed"])] = marks


def table(env_id: str, policies: Mapping[str, Mapping[str, str]], floors: Sequence[Any]) -> str:
    """Render an id."""
    lines = [
        f"## {env_id}",
        "",
        "| policy | success, 95 % interval | tasks | seeds | each seed |",
        "|---|---|---|---|---|",
    ]
    for row in floors:
        if row["settings"]["id"] == env_id and row["name"] in FLOORS:
            count, tasks = row["score"]["successes"], row["score"]["episodes"]
            shown = _percent(count / tasks, wilson_interval(count, tasks))
            lines.append(f"| {FLOORS[row['name']]} | {shown} | {tasks} | 1 | |")
    for name, seeds in policies.items():
        solved = np.array([[mark == "1" for mark in marks] for marks in seeds.values()], float)
        shares, tasks = solved.mean(axis=1), solved.shape[1]
        if len(shares) == 1:
            interval = wilson_interval(int(solved.sum()), tasks)
        else:
            interval = bootstrap_interval(solved)
        shown = _percent(float(interquartile_mean(shares)), interval)
        each = ", ".join(f"{100 * share:.1f}" for share in shares)
        lines.append(f"| {name} | {shown} | {tasks} | {len(shares)} | {each} |")
    return "\n".join(lines)


def _percent(share: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{100 * share:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def main() -> None:
    """Take runs in and write the tables."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", type=existing, nargs="*", help="finished runs")
    parser.add_argument("--outcomes", type=Path, default=HERE / "outcomes.json")
    parser.add_argument("--floors", type=existing, default=HERE / "floors.json")
    parser.add_argument("--write", type=Path, metavar="FILE", help="default: print only")
    given = parser.parse_args()
    solved: Solved = json.loads(given.outcomes.read_text()) if given.outcomes.exists() else {}
    for run in given.runs:
        add(solved, run)
    if given.runs:
        write_text(given.outcomes, json.dumps(solved, indent=1) + "\n")
    floors = json.loads(given.floors.read_text())["rows"]
    tables = [
        table(name, solved[name]["policies"], floors)
        for name in editenv.CONFIGURATIONS
        if name in solved
    ]
    text = "\n\n".join(tables)
    print(text)
    if given.write is not None:
        write_text(
            given.write,
            INTRO.format(file=given.write.name) + text + "\n",
        )


if __name__ == "__main__":
    run_main(main)
