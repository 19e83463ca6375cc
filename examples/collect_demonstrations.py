"""Write an oracle's episodes as a Minari data set, which any library for offline RL reads.

    python examples/collect_demonstrations.py --env ImageEdit-v0 --episodes 2000
    python examples/collect_demonstrations.py --smoke

The data set is written to Minari's folder (``MINARI_DATASETS_PATH``, by default
``~/.minari/datasets``). After a crash or Ctrl-C the same command continues where it stopped.
``docs/coordinator.md`` says what the data set holds and how to learn from it.
"""

from __future__ import annotations

import argparse
import time

from editenv_policies.arguments import Parser, at_least, fill_in, run_main
from editenv_policies.imitation.collect import Plan
from editenv_policies.imitation.episodes import SLIP
from editenv_policies.imitation.minari_data import default_name, write_minari
from editenv_policies.imitation.minari_storage import folder_of

import editenv

FULL = {"episodes": 2_000, "name": None}
SMOKE = {"episodes": 16, "name": "editenv/smoke-v0"}
"""Defaults of the arguments."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--episodes", type=at_least(1), default=None)
    parser.add_argument("--seed", type=at_least(0), default=0, help="seed of tasks and slips")
    parser.add_argument("--slip", type=float, default=SLIP, help="share of wrong calls, 0 to 1")
    parser.add_argument("--name", default=None, help="default: editenv/ENV/oracle-v0")
    parser.add_argument("--smoke", action="store_true", help="a small data set in seconds")
    return fill_in(parser.parse_args(), FULL, SMOKE)


def main() -> None:
    """Collect, print the progress, and say where the data set is."""
    arguments = parse_arguments()
    name = arguments.name or default_name(arguments.env)
    started, before = time.monotonic(), None
    plan = Plan(arguments.env, arguments.episodes, arguments.seed, arguments.slip)
    for done in write_minari(name, plan):
        before = done if before is None else before
        pace = (done - before) / max(time.monotonic() - started, 1e-6)
        print(f"{done} of {plan.episodes} episodes, {pace:.1f} a second", flush=True)
    print(f"minari.load_dataset({name!r}) reads {folder_of(name)}")


if __name__ == "__main__":
    run_main(main, stopped="stopped: the same command goes on after the last line")
