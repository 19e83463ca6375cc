"""Steps per second of every way to run the environment, beside its peers, in one run.

    pip install minigrid && python benchmarks/throughput.py --json benchmarks/throughput.json
    python benchmarks/throughput.py --check

Cases are measured in turn, each in a fresh process, several times around; the best counts, so
that what else the machine does disturbs as little as it can. Figures of one run may be compared
with each other; those of different runs or machines may not. ``--check`` plays a short form and
fails where the cost of a step or the memory grows with the number of copies, not where a machine
is slow.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from editenv_policies.arguments import Parser, at_least, new_file, run_main
from throughput_cases import CASES, GRIDS

CHILD = Path(__file__).with_name("throughput_cases.py")
PLOT = Path(__file__).parent.parent / "docs" / "images" / "throughput.png"

PAIRS = {
    "two processes of one environment": "one environment",
    "two processes of one environment, pool": "one environment, pool",
}
"""Two of the same case at the same time; their rates add up."""

MOST_GROWTH = 1.5
"""Largest CPU time of a step at 64 copies against 8."""

MOST_MIB = 3.0
"""Most memory of one more copy, in MiB: 256 of them stay within 1 GiB."""

Row = dict[str, Any]


def play(name: str, seconds: float) -> Row:
    """Measure a case in a process of its own."""
    line = [sys.executable, str(CHILD), name, "--seconds", str(seconds)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        "steps_per_second": found["steps"] / found["seconds"],
        "cpu_us": 1e6 * found["cpu_seconds"] / found["steps"],
        "peak_mib": found["peak_mib"],
    }


def play_pair(name: str, seconds: float) -> Row:
    """Measure a case twice at the same time."""
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda _: play(name, seconds), range(2)))
    return {
        "steps_per_second": sum(row["steps_per_second"] for row in rows),
        "cpu_us": min(row["cpu_us"] for row in rows),
        "peak_mib": sum(row["peak_mib"] for row in rows),
    }


def run(names: list[str], seconds: float, rounds: int) -> dict[str, Row]:
    """Measure the cases in turn; the best of each."""
    best: dict[str, Row] = {}
    for _ in range(rounds):
        for name in names:
            row = play_pair(PAIRS[name], seconds) if name in PAIRS else play(name, seconds)
            old = best.setdefault(name, row)
            best[name] = {
                "steps_per_second": max(old["steps_per_second"], row["steps_per_second"]),
                "cpu_us": min(old["cpu_us"], row["cpu_us"]),
                "peak_mib": min(old["peak_mib"], row["peak_mib"]),
            }
    return best


def table(rows: dict[str, Row]) -> str:
    """As markdown."""
    lines = ["| case | steps/s | CPU µs a step | peak memory, MiB |", "|---|---|---|---|"]
    for name, row in rows.items():
        rate, cpu, peak = row["steps_per_second"], row["cpu_us"], row["peak_mib"]
        lines.append(f"| {name} | {rate:,.0f} | {cpu:,.0f} | {peak:.0f} |")
    return "\n".join(lines)


def plot(rows: dict[str, Row]) -> None:
    """A bar a case."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(rows)
    figure, axis = pyplot.subplots(figsize=(8, 0.3 * len(names) + 1))
    colours = ["#9ca3af" if name in GRIDS else "#2563eb" for name in names]
    axis.barh(names, [rows[name]["steps_per_second"] for name in names], color=colours)
    axis.invert_yaxis()
    axis.set_xlabel("steps per second, random actions, resets included")
    axis.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)
    pyplot.close(figure)


def check(seconds: float, rounds: int) -> list[str]:
    """Say what grows that should not; nothing on a sound build, whatever the machine."""
    few, many, most = (f"native vector, {n}" for n in (8, 64, 256))
    rows = run([few, many, most], seconds, rounds)
    print(table(rows))
    growth = rows[many]["cpu_us"] / rows[few]["cpu_us"]
    memory = (rows[most]["peak_mib"] - rows[many]["peak_mib"]) / (256 - 64)
    complaints = []
    if growth > MOST_GROWTH:
        complaints.append(f"a step of 64 copies costs {growth:.2f} times one of 8, each")
    if memory > MOST_MIB:
        complaints.append(f"one more copy takes {memory:.2f} MiB")
    return complaints


def main() -> None:
    """Measure and print a table."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each case and round")
    parser.add_argument("--rounds", type=at_least(1), default=3)
    parser.add_argument("--cases", nargs="+", choices=[*CASES, *PAIRS], default=None)
    parser.add_argument("--json", type=new_file, help="with all cases, the plot is made anew too")
    parser.add_argument("--check", action="store_true", help="the short form, for CI")
    arguments = parser.parse_args()
    if arguments.check:
        complaints = check(arguments.seconds, arguments.rounds)
        sys.exit("\n".join(complaints) or None)
    names = arguments.cases or [*PAIRS, *CASES]
    if not find_spec("minigrid"):
        names = [name for name in names if name not in GRIDS]
    rows = run(names, arguments.seconds, arguments.rounds)
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")
    if arguments.json and not arguments.cases:
        plot(rows)


if __name__ == "__main__":
    run_main(main)
