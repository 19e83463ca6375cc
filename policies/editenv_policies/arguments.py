"""What the command lines of examples, scripts and benchmarks share.

Bad input gives a one-line error and exit status 2, before anything is made.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from editenv.tools import TOOL_PRESETS

KEPT = "arguments.json"
"""A run's arguments, in its folder."""

CHANGEABLE = {"out", "resume", "steps", "rounds", "minutes", "threads", "episodes"}
CHANGEABLE |= {"address", "num_env_runners"}
"""Arguments that may differ when a run is resumed."""

OURS = ("editenv", "editenv_policies", "__main__")
"""Packages whose ``ValueError`` means bad input; one from another library is a bug."""


class Parser(argparse.ArgumentParser):
    """Reports errors in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def at_least(least: int) -> Callable[[str], int]:
    """Return a ``type`` for integers."""

    def parse(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} must be an integer of at least {least}")
        return int(text)

    return parse


def add_environment_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--tasks`` and ``--tools``; ``environment_of`` reads them."""
    parser.add_argument(
        "--tasks",
        default=None,
        metavar="NAME",
        help="a task source instead of the id's own, such as folder:PATH",
    )
    parser.add_argument(
        "--tools",
        default=None,
        metavar="NAMES",
        help="a preset (objects, photo, restore, all) or tools, comma-separated; default the id's",
    )


def environment_of(tasks: str | None, tools: str | None) -> dict[str, Any]:
    """Return the environment arguments that ``--tasks`` and ``--tools`` set.

    >>> environment_of("folder:edits", "recolour,move")
    {'tasks': 'folder:edits', 'tools': ['recolour', 'move']}
    >>> environment_of(None, "photo")
    {'tools': 'photo'}
    """
    names: Sequence[str] | str | None = tools
    if tools is not None and tools not in TOOL_PRESETS:
        names = [name.strip() for name in tools.split(",") if name.strip()]
    given = {"tasks": tasks, "tools": names}
    return {name: value for name, value in given.items() if value is not None}


def existing(text: str) -> Path:
    """A ``type`` for existing files and folders."""
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"{text!r} does not exist")
    return Path(text)


def new_file(text: str) -> Path:
    """A ``type`` for output files."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} must be a file in a folder that exists")
    return path


def run_main(main: Callable[[], int | None], stopped: str = "stopped") -> NoReturn:
    """Run a command line's ``main`` and exit; bad input and a full disk give a one-line error.

    Args:
        main: returns the exit status, or None for 0.
        stopped: message after Ctrl-C.
    """
    try:
        sys.exit(main() or 0)
    except KeyboardInterrupt:
        status, message = 130, stopped
    except OSError as error:
        wrong_path = isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError))
        status, message = 2 if wrong_path else 1, str(error)
    except ValueError as error:
        last = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
        if last.f_globals.get("__name__", "").partition(".")[0] not in OURS:
            raise
        status, message = 2, str(error)
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(status)


def fill_in(
    arguments: argparse.Namespace, full: Mapping[str, Any], smoke: Mapping[str, Any]
) -> argparse.Namespace:
    """Set arguments that were not given (None) to their defaults, and return them.

    Args:
        arguments: with ``smoke``, whether a run of seconds is wanted.
        full: defaults by name.
        smoke: defaults by name for a run of seconds.
    """
    for name, value in (smoke if arguments.smoke else full).items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


def parse_run(
    parser: argparse.ArgumentParser, full: Mapping[str, Any], smoke: Mapping[str, Any]
) -> argparse.Namespace:
    """Read the command line of a run with ``--out``, ``--resume`` and ``--smoke``.

    A resumed run has the arguments that it began with; only those in ``CHANGEABLE`` may differ.
    """
    arguments = parser.parse_args()
    if arguments.out.exists() and not arguments.out.is_dir():
        parser.error(f"--out {arguments.out} is a file: it must be a folder")
    if not arguments.resume:
        return fill_in(arguments, full, smoke)
    if not (arguments.out / KEPT).is_file():
        parser.error(f"--resume: {arguments.out} has no run to go on with")
    kept = json.loads((arguments.out / KEPT).read_text())
    parser.set_defaults(**kept)
    arguments = parser.parse_args()
    given = _plain(arguments)
    for name in kept.keys() - CHANGEABLE:
        if given[name] != kept[name]:
            flag = f"--{name.replace('_', '-')}"
            parser.error(f"{flag} {given[name]}: the run in {arguments.out} has {kept[name]}")
    return arguments


def keep_arguments(arguments: argparse.Namespace) -> None:
    """Save the arguments where ``parse_run`` finds them."""
    path = arguments.out / KEPT
    if not path.exists() or not arguments.resume:
        kept = {name: value for name, value in _plain(arguments).items() if name != "resume"}
        path.write_text(json.dumps(kept, indent=1) + "\n")


def _plain(arguments: argparse.Namespace) -> dict[str, Any]:
    return json.loads(json.dumps(vars(arguments), default=str))
