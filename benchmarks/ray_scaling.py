"""Where a shared editor, or one learner, stops scaling with the number of workers.

    python benchmarks/ray_scaling.py --json benchmarks/ray_scaling.json

Measured here, in a local Ray cluster: what a step costs an environment runner of RLlib, what a step
costs its PPO learner, what a call of a tool's actor costs, and whether the simulation agrees with a
real actor. Given, not measured: what the editors take for a batch (``EDITORS``). Simulated from
these: 1 to 1,024 workers, each on a core of its own, without a network between machines.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from editenv_policies.arguments import Parser, at_least, new_file, run_main

ROOT = Path(__file__).parents[1]
PLOT = ROOT / "docs" / "images" / "ray_scaling.png"
WORKERS = tuple(2**power for power in range(11))
SHOWN = (8, 64, 512)
BATCH_STEPS = 4096
"""Steps of one PPO iteration, as in ``examples/train_rllib.py``."""


@dataclass(frozen=True)
class Editor:
    """What an editor takes for a batch of n pictures: ``start + n * picture`` seconds."""

    start: float
    picture: float


EDITORS = {"quick editor": Editor(0.02, 0.002), "slow editor": Editor(0.5, 0.1)}
"""Given figures, by name: the order of a small network, and of a diffusion model of few steps."""


@dataclass(frozen=True)
class Costs:
    """Measured seconds.

    Attributes:
        step: of an environment runner, for a step with the network's answer.
        learn: of the learner, for a step of a batch.
        call: from a call to its answer, where the editor takes no time.
        serve: of the actor for a call, where many are under way.
    """

    step: float
    learn: float
    call: float
    serve: float


@dataclass(frozen=True)
class Served:
    """What came of a simulation: answered steps a second, share refused, pictures a batch."""

    rate: float
    refused: float
    batch: float


def simulate_editor(
    workers: int,
    editor: Editor,
    costs: Costs,
    *,
    batch_size: int = 16,
    wait: float = 0.005,
    queue: int = 256,
    calls: int = 4000,
) -> Served:
    """Simulate workers that each make a step, ask the editor, and wait for its answer.

    Args:
        workers: how many, each with one call at a time.
        editor: works on one batch at a time.
        costs: measured.
        batch_size: of the editor's actor.
        wait: of the editor's actor.
        queue: of the editor's actor; a refused call is no answered step, and its worker goes on.
        calls: how many are simulated, at least those of five rounds.
    """
    arrivals = [(costs.step * (1 + n / workers), n) for n in range(workers)]
    heapq.heapify(arrivals)
    waiting: list[tuple[float, int]] = []
    free_at = served = refused = batches = 0
    now = 0.0
    while served + refused < max(calls, 5 * workers):
        # The next batch starts when the editor is free, and full or has waited long enough.
        begin = max(free_at, waiting[0][0] + wait) if waiting else np.inf
        if len(waiting) >= batch_size:
            begin = max(free_at, waiting[batch_size - 1][0])
        if arrivals and arrivals[0][0] <= begin:
            now, worker = heapq.heappop(arrivals)
            if len(waiting) >= queue:
                refused += 1
                heapq.heappush(arrivals, (now + costs.call + costs.step, worker))
            else:
                waiting.append((now, worker))
            continue
        batch, waiting = waiting[:batch_size], waiting[batch_size:]
        n = len(batch)
        free_at = begin + max(editor.start + n * editor.picture, n * costs.serve)
        batches, served, now = batches + 1, served + n, free_at
        for _, worker in batch:
            heapq.heappush(arrivals, (free_at + costs.call + costs.step, worker))
    return Served(served / now, refused / (served + refused), served / max(batches, 1))


def simulate_learner(workers: int, costs: Costs, batch: int = BATCH_STEPS) -> float:
    """Return steps a second where all collect a batch and then wait for the learner, as PPO does.

    A worker makes whole steps, so that more workers than steps of a batch find no work.
    """
    collect = -(-batch // workers) * costs.step
    return batch / (collect + batch * costs.learn)


class GivenTool:
    """Does nothing to a picture, in the time of an ``Editor``."""

    name, action, target, options = "given", "edit", "any", ("standard",)

    def __init__(self, editor: Editor) -> None:
        self.editor = editor

    def apply(self, images: list[Any], masks: list[Any], options: list[int]) -> list[Any]:
        """Take as long as the editor."""
        from editenv.tools import Edited

        time.sleep(self.editor.start + len(images) * self.editor.picture)
        return [Edited(image, mask) for image, mask in zip(images, masks, strict=True)]

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None


def shared_tool(editor: Editor, **settings: Any) -> Any:
    """Put an editor into an actor."""
    from editenv.models.ray_tools.settings import Settings
    from editenv.models.ray_tools.tool import RayTool

    tool = RayTool(GivenTool(editor), f"{editor} {settings}", Settings(**settings))
    tool.start()
    return tool


def call_often(tool: Any, callers: int, seconds: float) -> float:
    """Return the calls a second of threads that each call, wait for the answer, and call again."""
    image, mask = np.zeros((128, 128, 3), np.uint8), np.full((128, 128), 255, np.uint8)
    end = time.monotonic() + seconds

    def calls(_: int) -> int:
        made = 0
        while time.monotonic() < end:
            (edited,) = tool.apply([image], [mask], [0])
            assert hasattr(edited, "image"), edited
            made += 1
        return made

    started = time.monotonic()
    with ThreadPoolExecutor(callers) as pool:
        made = sum(pool.map(calls, range(callers)))
    return made / (time.monotonic() - started)


def best(measure: Callable[[], float], rounds: int) -> float:
    """The least of several: what else the machine does only adds."""
    return min(measure() for _ in range(rounds))


def measure_calls(rounds: int, seconds: float) -> tuple[float, float]:
    """Return the seconds of a call by itself, and of one among many."""
    tool = shared_tool(Editor(0.0, 0.0), wait=0.0, batch_size=64)
    call_often(tool, 1, 0.2)
    alone = best(lambda: 1 / call_often(tool, 1, seconds), rounds)
    among = best(lambda: 1 / call_often(tool, 16, seconds), rounds)
    tool.stop()
    return alone, among


def measure_training(iterations: int) -> tuple[float, float]:
    """Return the seconds of a step for a runner and for the learner, by RLlib's clock."""
    sys.path.insert(0, str(ROOT / "examples"))
    import train_rllib

    arguments = argparse.Namespace(env="ImageEdit-v0", tools=None, seed=0)
    arguments.num_env_runners, arguments.num_envs, arguments.batch_size = 0, 8, 1024
    algorithm = train_rllib.make_algorithm(arguments)
    samples, updates = [], []
    for _ in range(iterations):
        timers = algorithm.train()["timers"]
        samples.append(timers["env_runner_sampling_timer"])
        updates.append(timers["learner_update_timer"])
    algorithm.stop()
    return min(samples) / arguments.batch_size, min(updates) / arguments.batch_size


def compare_with_real(callers: Sequence[int], costs: Costs, seconds: float) -> list[dict[str, Any]]:
    """Set calls a second of a real actor beside simulated ones, of workers that only call."""
    editor = EDITORS["quick editor"]
    tool = shared_tool(editor)
    only_calls = Costs(0.0, 0.0, costs.call, costs.serve)
    rows = [
        {
            "callers": count,
            "measured": call_often(tool, count, seconds),
            "simulated": simulate_editor(count, editor, only_calls).rate,
        }
        for count in callers
    ]
    tool.stop()
    return rows


def stops_at(rates: Sequence[float]) -> int:
    """The number of workers from which on doubling it never brings a quarter more."""
    gains = [twice >= 1.25 * rate for rate, twice in pairwise(rates)]
    return WORKERS[max((place + 1 for place, gain in enumerate(gains) if gain), default=0)]


def simulate(costs: Costs) -> dict[str, dict[str, Any]]:
    """Simulate every case: rates by number of workers, and what goes with them."""
    cases: dict[str, dict[str, Any]] = {}
    for name, editor in EDITORS.items():
        found = [simulate_editor(n, editor, costs, queue=WORKERS[-1]) for n in WORKERS]
        cases[name] = {
            "rates": [served.rate for served in found],
            "batch": [served.batch for served in found],
            "refused_at_512_by_a_queue_of_256": simulate_editor(512, editor, costs).refused,
        }
    cases["PPO learner"] = {"rates": [simulate_learner(workers, costs) for workers in WORKERS]}
    for case in cases.values():
        case["stops_at"] = stops_at(case["rates"])
    return cases


def table(cases: dict[str, dict[str, Any]]) -> str:
    """Render steps a second as Markdown."""
    lines = [
        "| simulated, steps a second | "
        + " | ".join(f"{n} workers" for n in SHOWN)
        + " | doubling gains less than a quarter from |",
        "|---|" + "---|" * (len(SHOWN) + 1),
    ]
    for name, case in cases.items():
        cells = [f"{case['rates'][WORKERS.index(workers)]:,.1f}" for workers in SHOWN]
        lines.append(f"| {name} | {' | '.join(cells)} | {case['stops_at']} |")
    return "\n".join(lines)


def draw(cases: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw steps a second over the number of workers, beside the straight line."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(cases), figsize=(10, 3.2))
    for axis, (name, case) in zip(axes, cases.items(), strict=True):
        linear = [case["rates"][0] * workers for workers in WORKERS]
        axis.loglog(WORKERS, linear, "--", color="0.7", base=2, label="as many times as workers")
        axis.loglog(WORKERS, case["rates"], "o-", base=2, markersize=3, label="simulated")
        axis.set_yscale("log", base=10)
        axis.axvline(case["stops_at"], color="tab:red", linewidth=0.8, label="stops scaling")
        axis.set_xticks([1, *SHOWN], labels=[str(n) for n in (1, *SHOWN)])
        axis.set_title(name)
        axis.set_xlabel("workers")
    axes[0].set_ylabel("steps a second")
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=90)


def main() -> None:
    """Measure, simulate, and write."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=at_least(1), default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--json", type=new_file, default=None)
    parser.add_argument("--plot", type=new_file, default=PLOT)
    arguments = parser.parse_args()
    import ray

    ray.init(num_cpus=2, object_store_memory=80 * 2**20, include_dashboard=False)
    try:
        call, serve = measure_calls(arguments.rounds, arguments.seconds)
        costs = Costs(*measure_training(arguments.rounds), call, serve)
        compared = compare_with_real((1, 8, 32), costs, arguments.seconds)
    finally:
        ray.shutdown()
    cases = simulate(costs)
    print({name: f"{1e3 * value:.2f} ms" for name, value in asdict(costs).items()})
    for row in compared:
        print(row)
    print(table(cases))
    draw(cases, arguments.plot)
    if arguments.json is not None:
        whole = {"measured": asdict(costs), "compared": compared, "workers": WORKERS}
        whole |= {"given": {n: asdict(e) for n, e in EDITORS.items()}, "simulated": cases}
        arguments.json.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
