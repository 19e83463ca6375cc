"""The command ``editenv floors``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from editenv.optional import import_optional
from editenv.registration import CONFIGURATIONS

DESCRIPTION = """Measure on held-out tasks how far simple policies get on an id: chance, the best
constant sequence of calls (searched on other tasks), the keyword pipeline, and a coordinator cloned
from the oracle: as it is, shown a grey picture, trained without the picture, and trained without
the instruction; and the oracle. Prints a table with 95 % intervals. With --json, every row is
written as soon as it is measured, and rows with equal settings are not measured again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--id", default="ImageEdit-v0", choices=CONFIGURATIONS, metavar="ID")
    parser.add_argument("--episodes", type=int, default=300, help="held-out tasks (default: 300)")
    parser.add_argument(
        "--train-episodes", type=int, default=8000, help="episodes of the oracle (default: 8000)"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=4.0,
        help="most processor time per clone, half of it for collecting (default: 4)",
    )
    parser.add_argument(
        "--search-tasks",
        type=int,
        default=256,
        help="tasks on which constant sequences are searched (default: 256)",
    )
    parser.add_argument(
        "--search-split", default="train", help="split of these tasks (default: train)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of everything learnt or drawn")
    parser.add_argument("--threads", type=int, default=1, help="torch threads (default: 1)")
    parser.add_argument("--rows", nargs="+", metavar="ROW", help="measure only these rows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save the rows here")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status.

    Raises:
        gymnasium.error.DependencyNotInstalled: torch or Stable-Baselines3 is missing.
    """
    for module in ("torch", "stable_baselines3", "sb3_contrib", "tqdm"):
        import_optional(module, '"editenv[sb3]"', "editenv floors")
    from editenv_policies.floors.rows import as_markdown
    from editenv_policies.floors.run import measure
    from editenv_policies.floors.settings import FloorSettings

    settings = FloorSettings(
        env_id=arguments.id,
        episodes=arguments.episodes,
        train_episodes=arguments.train_episodes,
        minutes=arguments.minutes,
        search_tasks=arguments.search_tasks,
        search_split=arguments.search_split,
        seed=arguments.seed,
        threads=arguments.threads,
    )
    try:
        rows = measure(settings, arguments.json, only=arguments.rows)
    except ValueError as error:
        print(f"editenv floors: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        kept = f": {arguments.json} has what was measured" if arguments.json else ""
        print(f"\neditenv floors: stopped{kept}", file=sys.stderr)
        return 130
    print(as_markdown(settings, rows))
    return 0
