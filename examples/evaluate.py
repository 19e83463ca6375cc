"""Evaluate policies on the same held-out tasks.

    python examples/evaluate.py --env ImageEdit-v0 --policy pipeline --policy trained --by kind
    python examples/evaluate.py --policy random --policy runs/mine --policy runs/ppo/model.zip

A policy is ``random``, ``one-call``, ``pipeline`` (keywords), ``oracle``, ``trained`` (the
coordinator that comes with the package), the folder of a run, or a model of Stable-Baselines3,
which is pickled: name only files that you trust. The others are compared with the first, task by
task.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing

import torch
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from editenv_policies.evaluation import HELD_OUT_SEED
from editenv_policies.floors.run import versions
from editenv_policies.floors.settings import fingerprint_of
from editenv_policies.held_out import GROUPINGS, HeldOut
from editenv_policies.named import player
from editenv_policies.standings import Standings

import editenv
from editenv.tasks import SPLITS


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--policy", action="append", metavar="NAME", help="may be repeated")
    parser.add_argument("--split", default="test", choices=SPLITS)
    parser.add_argument("--tasks", type=at_least(1), default=500, help="number of tasks (500)")
    parser.add_argument(
        "--by", action="append", default=[], choices=GROUPINGS, help="grouping; may be repeated"
    )
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures here")
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    return parser


def evaluate(arguments: argparse.Namespace) -> Standings:
    """Let every policy play the tasks.

    Raises:
        ValueError: a wrong argument, before anything is played.
    """
    held_out = HeldOut(arguments.env, arguments.tasks, arguments.split)
    players = {name: player(name, held_out) for name in arguments.policy or ["random", "pipeline"]}
    outcomes = {}
    for name, play in players.items():
        outcomes[name] = play()
        print(f"{name} has played {arguments.tasks} tasks", file=sys.stderr, flush=True)
    return Standings(outcomes, {by: held_out.groups(by) for by in arguments.by})


def save(arguments: argparse.Namespace, standings: Standings) -> None:
    """Write all figures and what they depend on."""
    with closing(HeldOut(arguments.env, arguments.tasks, arguments.split).make()) as env:
        about = {
            "env": arguments.env,
            "split": arguments.split,
            "first_seed": HELD_OUT_SEED,
            "tasks": arguments.tasks,
            "environment": fingerprint_of(env, HELD_OUT_SEED),
            "versions": versions(),
        }
    arguments.json.write_text(json.dumps(about | standings.as_json(), indent=1) + "\n")


def main() -> None:
    """Evaluate and report."""
    arguments = make_parser().parse_args()
    torch.set_num_threads(arguments.threads)
    standings = evaluate(arguments)
    print(f"{arguments.env}, {arguments.tasks} tasks of the {arguments.split} split:\n")
    print(standings.as_markdown())
    if arguments.json is not None:
        save(arguments, standings)


if __name__ == "__main__":
    run_main(main)
