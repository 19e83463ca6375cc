"""The collaboration study: which team learns what, on the same budget of rounds.

    python benchmarks/team_study.py --jobs 2          # plays what is missing
    python benchmarks/team_study.py --report          # writes the table and the plot only

Every run is one call of ``examples/train_team.py`` (the coordinator: ``examples/train_ppo.py``)
with one thread; its result is a line of ``benchmarks/team_study.jsonl``. CPU minutes are those of
the whole run, evaluation included. A study that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from editenv_policies.arguments import Parser, at_least, run_main
from editenv_policies.evaluation import wilson_interval

from editenv.agents import ROLES

HERE = Path(__file__).parent
RESULTS = HERE / "team_study.jsonl"
TABLE = HERE / "team_study.md"
PLOT = HERE.parent / "docs" / "images" / "team_study.png"

PATHS = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
"""Where the runs find the packages."""

ROUNDS = 25_600
"""Rounds of a team, of at most two engine steps each; the coordinator gets all of those. What the
difference reward plays again is not counted."""

ENVS = ("ImageEdit-Direct-v0", "ImageEdit-v0")
SEEDS = (0, 1, 2)

TEAM = {f"team, {reward} reward": ["--reward", reward] for reward in ("team", "role", "difference")}
SINGLE = {
    f"{role} among {agents}": ["--learned", role, "--agents", agents]
    for agents in ("scripted", "oracle")
    for role in ROLES
}
OTHER = {
    "team, team reward, independent": ["--sharing", "independent"],
    "team, team reward, all at once": ["--turns", "parallel"],
}
COORDINATOR = "one coordinator"
VARIANTS: dict[str, list[str]] = {**TEAM, COORDINATOR: [], **SINGLE, **OTHER}
"""What is compared: the arguments by name."""

TRAIN_ROUNDS = {"ImageEdit-Direct-v0": "2", "ImageEdit-v0": "4"}

Job = tuple[str, str, int]


def jobs() -> list[Job]:
    """All runs, id by id and seed by seed."""
    return [(env, name, seed) for env in ENVS for seed in SEEDS for name in VARIANTS]


def command(job: Job, out: Path) -> list[str]:
    """The command line of a run."""
    env, name, seed = job
    common = ["--env", env, "--seed", str(seed), "--threads", "1", "--out", str(out)]
    if name == COORDINATOR:
        steps = ["--steps", str(2 * ROUNDS), "--train-limit", TRAIN_ROUNDS[env]]
        return ["examples/train_ppo.py", *common, *steps]
    limits = ["--rounds", str(ROUNDS), "--train-rounds", TRAIN_ROUNDS[env]]
    return ["examples/train_team.py", "--from-scratch", *common, *limits, *VARIANTS[name]]


def run(job: Job) -> None:
    """Play one run and append its result; a failed run is reported and leaves no line."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, *command(job, Path(folder))],
            cwd=HERE.parent,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": PATHS},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            log.seek(0)
            print(f"failed: {job}\n{log.read()[-2000:]}", flush=True)
            return
        found = json.loads((Path(folder) / "results.json").read_text())
    scores = found["scores"]
    score = scores.get("team") or scores["ppo"]
    result = {
        "env": job[0],
        "variant": job[1],
        "seed": job[2],
        "successes": score["successes"],
        "episodes": score["episodes"],
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "scripted": (scores.get("scripted team") or scores["pipeline"])["successes"],
    }
    with RESULTS.open("a") as file:
        file.write(json.dumps(result) + "\n")
    print(result, flush=True)


def read_results() -> list[dict[str, Any]]:
    """What has been played so far."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text().splitlines()]


def summary(results: list[dict[str, Any]], env: str) -> list[tuple[str, list[float], str, str]]:
    """One row a variant: name, rates by seed, interval over all seeds' episodes, CPU minutes."""
    own = [r for r in results if r["env"] == env]
    rows = []
    for name in VARIANTS:
        runs = [r for r in own if r["variant"] == name]
        if runs:
            rates = [r["successes"] / r["episodes"] for r in runs]
            pooled = sum(r["successes"] for r in runs), sum(r["episodes"] for r in runs)
            minutes = sum(r["cpu_seconds"] for r in runs) / len(runs) / 60
            rows.append((name, rates, _interval(*pooled), f"{minutes:.1f}"))
    if own:
        rows.append(("all scripted", [], _interval(own[0]["scripted"], own[0]["episodes"]), "0"))
    return rows


def _interval(successes: int, episodes: int) -> str:
    low, high = wilson_interval(successes, episodes)
    return f"{100 * successes / episodes:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def report(results: list[dict[str, Any]]) -> None:
    """Write the table, and the plot."""
    lines = []
    for env in ENVS:
        rows = summary(results, env)
        if rows:
            lines += [f"\n`{env}`\n", "| who learns | seeds | success, all seeds | CPU minutes |"]
            lines += ["|---|---|---|---|"]
        for name, rates, interval, minutes in rows:
            seeds = ", ".join(f"{100 * rate:.1f}" for rate in rates) or "-"
            lines.append(f"| {name} | {seeds} | {interval} | {minutes} |")
    TABLE.write_text("\n".join(lines).strip() + "\n")
    plot(results)


def plot(results: list[dict[str, Any]]) -> None:
    """A dot a seed, a line for the scripted team."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    envs = [env for env in ENVS if any(r["env"] == env for r in results)]
    figure, axes = pyplot.subplots(1, len(envs), figsize=(6 * len(envs) + 1, 5.2), squeeze=False)
    for axis, env in zip(axes[0], envs, strict=True):
        *rows, scripted = summary(results, env)
        names = [name for name, *_ in rows]
        for place, (_, rates, *_rest) in enumerate(rows):
            axis.plot([100 * r for r in rates], [place] * len(rates), "o", color="#2563eb")
        axis.axvline(float(scripted[2].split()[0]), color="#b91c1c", linestyle="--")
        axis.set(title=f"{env} (dashed: all scripted)", xlabel="success on 500 test tasks, %")
        axis.set_yticks(range(len(names)), names)
        axis.set_xlim(0, 100)
        axis.invert_yaxis()
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Play what is missing, then report."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=at_least(1), default=2, help="runs at a time, one core each")
    parser.add_argument("--limit", type=at_least(1), default=None, help="play at most so many runs")
    parser.add_argument("--report", action="store_true", help="play nothing")
    arguments = parser.parse_args()
    if not arguments.report:
        done = {(r["env"], r["variant"], r["seed"]) for r in read_results()}
        missing = [job for job in jobs() if job not in done][: arguments.limit]
        with ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(run, missing))
    report(read_results())


if __name__ == "__main__":
    run_main(main)
