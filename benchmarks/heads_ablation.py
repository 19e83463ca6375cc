"""Do heads that know the earlier choices clone better than independent ones?

    python benchmarks/heads_ablation.py --env ImageEdit-v0 --seeds 0 1 2 --json heads.json

Both kinds learn from the same demonstrations for the same processor time, and play the same
held-out tasks. With --json, every clone is written as soon as it is measured, and not trained
again; the demonstrations stay beside it.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import gymnasium
import numpy as np
import torch
from editenv_policies.arguments import Parser, at_least, run_main
from editenv_policies.checkpoints import write_text
from editenv_policies.comparison import compare
from editenv_policies.evaluation import Outcome, score
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation import CallLessons, Clone, train
from editenv_policies.imitation.collect import Plan
from editenv_policies.imitation.demonstrations import Demonstrations
from editenv_policies.imitation.parts import collect_into
from editenv_policies.imitation.training import TrainSettings

import editenv

KINDS = {"conditioned": True, "independent": False}


class Ablation:
    """Trains and measures clones of both kinds.

    Args:
        given: the command's arguments.
    """

    def __init__(self, given: Namespace) -> None:
        self._given = given
        self._held_out = HeldOut(given.env, given.tasks)
        self._data: Demonstrations | None = None
        saved = json.loads(given.json.read_text()) if given.json.exists() else {}
        self._outcomes = {name: [Outcome(*row) for row in rows] for name, rows in saved.items()}

    def outcomes(self, kind: str, seed: int) -> list[Outcome]:
        """Return how the tasks went for a kind and seed."""
        given = self._given
        name = f"{given.env} {kind} {seed} {given.collect} {given.minutes} {given.tasks}"
        if name not in self._outcomes:
            self._outcomes[name] = self._held_out.play_model(self._clone(kind, seed))
            write_text(given.json, json.dumps(self._outcomes) + "\n")
        return self._outcomes[name]

    def _clone(self, kind: str, seed: int) -> Clone:
        if self._data is None:
            self._data = self._demonstrations()
        torch.manual_seed(seed)
        env = gymnasium.make(self._given.env, disable_env_checker=True)
        clone = Clone.for_env(env, conditioned=KINDS[kind])
        limit = TrainSettings(seconds=60 * self._given.minutes)
        done = train(CallLessons(clone, self._data), limit, seed=seed)
        print(f"{kind}, seed {seed}: {done.updates} updates, losses {done.losses}", flush=True)
        return clone

    def _demonstrations(self) -> Demonstrations:
        given = self._given
        folder = given.json.with_name(f"{given.json.stem}-{given.env}")
        data = collect_into(folder, Plan(given.env, 20_000, 0), seconds=60 * given.collect)
        print(f"{data.count} episodes of {len(data)} steps", flush=True)
        return data


def table(ablation: Ablation, seeds: Sequence[int]) -> str:
    """Measure all, and return a row for each seed and the mean of their differences."""
    lines = ["| seed | conditioned | independent | difference |", "|---|---|---|---|"]
    differences = []
    for seed in seeds:
        with_, without = (ablation.outcomes(kind, seed) for kind in KINDS)
        paired = compare(without, with_)
        differences.append(paired.difference)
        lines.append(f"| {seed} | {score(with_)} | {score(without)} | {paired} |")
    lines.append(f"| mean | | | {100 * np.mean(differences):+.1f} points |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print a table."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--seeds", type=at_least(0), nargs="+", default=[0, 1, 2])
    parser.add_argument("--tasks", type=at_least(1), default=500, help="held-out tasks")
    parser.add_argument("--collect", type=at_least(1), default=5, help="minutes of CPU time")
    parser.add_argument("--minutes", type=at_least(1), default=5, help="of CPU time, a clone")
    parser.add_argument("--json", type=Path, required=True, metavar="FILE")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(table(Ablation(given), given.seeds))


if __name__ == "__main__":
    run_main(main)
