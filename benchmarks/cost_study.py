"""The cost study: two rival inpainters, one good and expensive, and what a coordinator makes of it.

    python benchmarks/cost_study.py --jobs 2          # plays what is missing
    python benchmarks/cost_study.py --report          # writes the table and the plot only

The tasks are those of ``ImageEdit-Direct-v0`` that ask to remove something. The prices are
declared: 1.00 for ``remove_diffusion``, 0.05 for ``remove_mean``. Every run trains PPO with the
term ``money`` at one weight and is a line of ``benchmarks/cost_study.jsonl``. Around it the
measured front: on each of the same held-out tasks both tools are tried, so that it is known which
ones the cheap one solves, which ones the expensive one alone, and what the best choice costs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from editenv_policies.arguments import Parser, at_least, run_main
from editenv_policies.evaluation import HELD_OUT_SEED, ModelActor, wilson_interval
from editenv_policies.report import read_json_lines
from editenv_policies.sb3.models import make_model
from editenv_policies.sb3.vec_env import make_sb3_vec_env

from editenv.envs.setup import IMAGE_SIZE
from editenv.rewards import PRESETS
from editenv.tasks.direct import DirectTasks
from editenv.tools import Cost, make_tool
from editenv.tools.priced import Priced
from editenv.tools.run import edit_one
from editenv.workspace import Workspace

HERE = Path(__file__).parent
RESULTS, TABLE = HERE / "cost_study.jsonl", HERE / "cost_study.md"
PLOT = HERE.parent / "docs" / "images" / "cost_study.png"

ENV = "ImageEdit-Direct-v0"
CHEAP, DEAR = "remove_mean", "remove_diffusion"
PRICES = {CHEAP: 0.05, DEAR: 1.0}
WEIGHTS = (0.0, 0.3, 0.5, 0.7, 1.0)
"""Of the term ``money``: what a unit of money costs in reward; a solved task brings about 3."""
SEEDS = (0, 1, 2)
STEPS, EPISODES, TRAIN_LIMIT = 40_000, 500, 3


class Removals(DirectTasks):
    """The direct tasks that ask to remove something."""

    def draw_theme(self, rng: np.random.Generator) -> str:
        """Always the same."""
        return "remove"


def arguments_of(split: str, weight: float) -> dict[str, Any]:
    """What the environments of a run are made with."""
    tools = [Priced(make_tool(name), Cost(money=price)) for name, price in PRICES.items()]
    return {
        "tasks": Removals(split, IMAGE_SIZE, IMAGE_SIZE),
        "tools": tools,
        "reward": {**PRESETS["shaped"], "money": weight},
    }


def play(weight: float, seed: int, steps: int, episodes: int) -> dict[str, Any]:
    """Train and evaluate one coordinator."""
    torch.set_num_threads(1)
    train = arguments_of("train", weight)
    envs = make_sb3_vec_env(ENV, 32, seed=10_000 * seed, max_episode_steps=TRAIN_LIMIT, **train)
    model = make_model("ppo", envs, seed=seed)
    envs.bootstrap_with(model)  # type: ignore[arg-type]
    model.learn(steps)
    actor = ModelActor(model)
    env = gymnasium.make(ENV, **arguments_of("test", weight))
    solved = money = dear = 0
    for number in range(episodes):
        observation, info = env.reset(seed=HELD_OUT_SEED + number)
        over = False
        while not over:
            observation, _, terminated, truncated, info = env.step(actor.act(observation, env))
            over = terminated or truncated
        workspace: Workspace = env.unwrapped.workspace  # type: ignore[attr-defined]
        solved += info["is_success"]
        money += info["cost"]["money"]
        dear += any(call.tool == DEAR for call in workspace.history)
    return {
        "weight": weight,
        "seed": seed,
        "episodes": episodes,
        "solved": int(solved),
        "money": round(money / episodes, 4),
        "dear": round(dear / episodes, 4),
    }


def measure_front(episodes: int) -> dict[str, int]:
    """Count the held-out tasks by which of the two tools solves them."""
    env = gymnasium.make(ENV, **arguments_of("test", 0.0))
    counts = {"both": 0, "cheap": 0, "dear": 0, "neither": 0}
    for number in range(episodes):
        env.reset(seed=HELD_OUT_SEED + number)
        workspace: Workspace = env.unwrapped.workspace  # type: ignore[attr-defined]
        task = workspace.task
        mask = task.sub_edits[0].subject_mask
        assert mask is not None
        cheap, dear = (
            workspace.checklist.verdict(edit_one(make_tool(n), task.source, mask, 0).image).success
            for n in (CHEAP, DEAR)
        )
        name = {(1, 1): "both", (1, 0): "cheap", (0, 1): "dear", (0, 0): "neither"}[cheap, dear]
        counts[name] += 1
    return counts


def front(counts: dict[str, int]) -> list[tuple[float, float]]:
    """The best that choosing knowingly reaches: (money a task, share solved), cheapest first.

    The first point takes the cheap tool everywhere it helps and does nothing else; from there on
    the tasks that only the expensive one solves are added one after the other, up to the last.
    """
    total = sum(counts.values())
    easy = counts["both"] + counts["cheap"]
    first = PRICES[CHEAP] * easy / total, easy / total
    last = first[0] + PRICES[DEAR] * counts["dear"] / total, first[1] + counts["dear"] / total
    return [(0.0, 0.0), first, last]


def run(job: tuple[float, int]) -> None:
    """Play a run in a process of its own and append its line."""
    command = [sys.executable, __file__, "--one", str(job[0]), str(job[1])]
    paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(f"failed: {job}\n{done.stderr[-2000:]}", flush=True)
        return
    line = done.stdout.strip().splitlines()[-1]
    with RESULTS.open("a") as file:
        file.write(line + "\n")
    print(line, flush=True)


def report(results: list[dict[str, Any]], counts: dict[str, int]) -> None:
    """Write the table and the plot."""
    total = sum(counts.values())
    always = {name: (counts["both"] + counts[k]) for name, k in ((CHEAP, "cheap"), (DEAR, "dear"))}
    lines = ["| coordinator | seeds | solved | money a task | asks the expensive tool |"]
    lines += ["|---|---|---|---|---|"]
    for weight in WEIGHTS:
        runs = [r for r in results if r["weight"] == weight]
        if not runs:
            continue
        seeds = ", ".join(f"{100 * r['solved'] / r['episodes']:.1f}" for r in runs)
        solved = _interval(sum(r["solved"] for r in runs), sum(r["episodes"] for r in runs))
        money, dear = (float(np.mean([r[key] for r in runs])) for key in ("money", "dear"))
        name = f"learned, weight of money {weight}"
        lines.append(f"| {name} | {seeds} | {solved} | {money:.3f} | {100 * dear:.0f} % |")
    for name, count in always.items():
        asks = "100 %" if name == DEAR else "0 %"
        price = f"{PRICES[name]:.3f}"
        lines.append(f"| always `{name}` | - | {_interval(count, total)} | {price} | {asks} |")
    money, share = front(counts)[-1]
    asks = f"{100 * counts['dear'] / total:.0f} %"
    lines.append(f"| knows which tool will do | - | {100 * share:.1f} % | {money:.3f} | {asks} |")
    TABLE.write_text("\n".join(lines) + "\n")
    _plot(results, counts, always)


def _interval(successes: int, trials: int) -> str:
    low, high = wilson_interval(successes, trials)
    return f"{100 * successes / trials:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _plot(results: list[dict[str, Any]], counts: dict[str, int], always: dict[str, int]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    total = sum(counts.values())
    figure, axis = pyplot.subplots(figsize=(7.5, 5.0))
    points = front(counts)[1:]
    axis.plot(*zip(*[(m, 100 * s) for m, s in points], strict=True), color="#15803d", marker=".")
    axis.annotate("knows which tool will do", (points[1][0], 100 * points[1][1]), fontsize=8)
    ends = [(PRICES[name], 100 * always[name] / total) for name in (CHEAP, DEAR)]
    axis.plot(*zip(*ends, strict=True), "--", color="#b91c1c", marker="s")
    for name, end in zip((CHEAP, DEAR), ends, strict=True):
        axis.annotate(f"always {name}", end, fontsize=8, ha="right" if name == DEAR else "left")
    weights = [w for w in WEIGHTS if any(r["weight"] == w for r in results)]
    colours = pyplot.get_cmap("viridis")(np.linspace(0.0, 0.9, max(len(weights), 1)))
    for weight, colour in zip(weights, colours, strict=False):
        runs = [r for r in results if r["weight"] == weight]
        money = [r["money"] for r in runs]
        solved = [100 * r["solved"] / r["episodes"] for r in runs]
        axis.plot(money, solved, "o", color=colour, label=f"learned, weight {weight}")
    axis.set(xlabel="money a task", ylabel="solved held-out tasks, %")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(PLOT, dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Play what is missing, then report."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=at_least(1), default=2, help="runs at a time, one core each")
    parser.add_argument("--report", action="store_true", help="play nothing")
    parser.add_argument("--steps", type=at_least(1), default=STEPS)
    parser.add_argument("--episodes", type=at_least(1), default=EPISODES)
    parser.add_argument("--one", nargs=2, metavar=("WEIGHT", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        weight, seed = float(arguments.one[0]), int(arguments.one[1])
        print(json.dumps(play(weight, seed, arguments.steps, arguments.episodes)))
        return
    results = read_json_lines(RESULTS) if RESULTS.exists() else []
    if not arguments.report:
        done = {(r["weight"], r["seed"]) for r in results}
        jobs = [(w, s) for s in SEEDS for w in WEIGHTS if (w, s) not in done]
        with ThreadPoolExecutor(arguments.jobs) as pool:
            list(pool.map(run, jobs))
        results = read_json_lines(RESULTS)
    report(results, measure_front(arguments.episodes))


if __name__ == "__main__":
    run_main(main)
