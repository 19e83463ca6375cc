"""The command ``editenv record``."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from editenv.optional import import_optional
from editenv.registration import CONFIGURATIONS
from editenv.tasks import SPLITS
from editenv_policies.evaluation import HELD_OUT_SEED, score

DESCRIPTION = """Let policies play the same tasks, and save every step: one folder per policy, with
pictures and masks as PNG and one line of JSON per episode. `editenv view DIR` shows them. With
--minari the episodes of one policy are also written as a Minari data set."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--id", default="ImageEdit-v0", choices=CONFIGURATIONS, metavar="ID")
    parser.add_argument(
        "--policy",
        action="append",
        required=True,
        metavar="NAME",
        help="random, one-call, pipeline, oracle, trained, a run's folder or a model.zip, which is "
        "pickled: use only one that you trust; may be repeated",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--episodes", type=int, default=20, help="default: 20")
    parser.add_argument("--split", default="test", choices=SPLITS)
    parser.add_argument(
        "--seed", type=int, default=HELD_OUT_SEED, help=f"seed of the first task ({HELD_OUT_SEED})"
    )
    parser.add_argument("--minari", metavar="NAME", help="also write this data set")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status.

    Raises:
        gymnasium.error.DependencyNotInstalled: torch, Stable-Baselines3 or Minari is missing.
    """
    for module in ("torch", "stable_baselines3", "sb3_contrib"):
        import_optional(module, '"editenv[sb3]"', "editenv record")
    try:
        _record(arguments)
    except (OSError, ValueError) as error:
        print(f"editenv record: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\neditenv record: stopped: {arguments.out} has complete episodes", file=sys.stderr)
        return 130
    return 0


def _record(arguments: argparse.Namespace) -> None:
    from editenv_policies.held_out import HeldOut
    from editenv_policies.imitation.minari_collector import Collect
    from editenv_policies.named import find
    from editenv_policies.recording.play import record

    name: str | None = arguments.minari
    if arguments.seed < 0:
        raise ValueError(f"seed={arguments.seed} must be at least 0")
    if name is not None and len(arguments.policy) > 1:
        raise ValueError(f"minari={name!r} takes one policy: {arguments.policy} given")
    held_out = HeldOut(arguments.id, arguments.episodes, arguments.split)
    for policy in [find(given, held_out) for given in dict.fromkeys(arguments.policy)]:
        wrap = None if name is None else partial(Collect, name=name, policy=policy.name)
        played = record(
            held_out,
            policy.name,
            policy.make(),
            arguments.out,
            arguments=policy.arguments,
            first_seed=arguments.seed,
            wrap=wrap,
        )
        print(f"{policy.name}: {score(played)}", flush=True)
    print(f"editenv view {arguments.out}")
