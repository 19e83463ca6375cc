"""Train a coordinator: collect an oracle's episodes, clone them, fine-tune, evaluate.

    python examples/train_coordinator.py --env ImageEdit-v0 --out runs/coordinator
    python examples/train_coordinator.py --env ImageEdit-v0 --algo grpo --out runs/grpo
    python examples/train_coordinator.py --env ImageEdit-v0 --from-scratch --out runs/scratch
    python examples/train_coordinator.py --smoke --out runs/smoke

``--tasks folder:PATH`` and ``--tools`` train on your own pairs. An oracle needs their
``sub_edits``; without them, use ``--from-scratch``.
``--minutes`` and ``--steps`` limit the stages. After a crash or Ctrl-C, the same command with
``--resume`` continues where it stopped, in any stage. ``docs/coordinator.md`` says what is written
to ``--out``.
"""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from editenv_policies.arguments import (
    Parser,
    add_environment_arguments,
    at_least,
    fill_in,
    run_main,
)
from editenv_policies.imitation.finetune import ALGORITHMS
from editenv_policies.recipe import CoordinatorRecipe, run

import editenv

FULL = {
    "demonstrations": 40_000,
    "minutes": (10.0, 16.0, 8.0),
    "steps": 60_000,
    "episodes": 500,
    "num_envs": 32,
    "width": 96,
}
SMOKE = {
    "demonstrations": 40,
    "minutes": (0.1, 0.1, 1.0),
    "steps": 512,
    "episodes": 10,
    "num_envs": 8,
    "width": 32,
}
"""Defaults of the arguments."""


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    add_environment_arguments(parser)
    parser.add_argument(
        "--algo", default="maskable", choices=ALGORITHMS, help="algorithm of the fine-tuning"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/coordinator"), help="output folder")
    parser.add_argument(
        "--from-scratch",
        action="store_true",
        help="learn without demonstrations, from untrained weights",
    )
    parser.add_argument(
        "--data",
        default=None,
        metavar="NAME",
        help="clone this Minari data set instead of collecting",
    )
    parser.add_argument(
        "--warm-start",
        default=None,
        metavar="ID",
        help="start from the coordinator that comes with an id, or from one in a folder",
    )
    parser.add_argument(
        "--demonstrations", type=at_least(1), default=None, help="episodes of the oracle"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        nargs=3,
        default=None,
        metavar=("COLLECT", "CLONE", "RL"),
        help="most minutes of each stage: processor time, but wall time for RL",
    )
    parser.add_argument(
        "--steps", type=at_least(1), default=None, help="most environment steps of RL"
    )
    parser.add_argument("--width", type=at_least(1), default=None, help="width of the network")
    parser.add_argument(
        "--num-envs", type=at_least(1), default=None, help="sub-environments for RL"
    )
    parser.add_argument("--episodes", type=at_least(1), default=None, help="held-out episodes")
    parser.add_argument("--seed", type=at_least(0), default=0, help="seed, 0 to 99")
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    return parser


def main() -> None:
    """Run the recipe."""
    arguments = fill_in(make_parser().parse_args(), FULL, SMOKE)
    given = {field.name: getattr(arguments, field.name) for field in fields(CoordinatorRecipe)}
    recipe = CoordinatorRecipe(**{**given, "minutes": tuple(arguments.minutes)})
    run(recipe, arguments.out, resume=arguments.resume)


if __name__ == "__main__":
    run_main(main, stopped="stopped: the same command with --resume goes on")
