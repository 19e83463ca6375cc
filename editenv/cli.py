"""The command ``editenv``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS: dict[str, tuple[str, str]] = {
    "audit": (
        "editenv.models.audit.command",
        "does a reward or a judge order results as it should?",
    ),
    "check-tasks": (
        "editenv.envs.check_tasks_command",
        "how close can the tools come to the targets of my own tasks?",
    ),
    "doctor": ("editenv.doctor", "is everything installed that is needed, and does it work?"),
    "edit": (
        "editenv_policies.photo.command",
        "edit your own photos by saying what you want",
    ),
    "play": (
        "editenv_policies.playground.command",
        "a page where you, or a policy, edit a picture call by call",
    ),
    "pack": (
        "editenv.envs.pack_command",
        "draw tasks once and read them from disk",
    ),
    "floors": (
        "editenv_policies.floors.command",
        "how much do chance, fixed sequences and policies without the picture solve?",
    ),
    "record": (
        "editenv_policies.record_command",
        "let policies play, and save every step with its pictures",
    ),
    "view": (
        "editenv.recordings.view",
        "show recordings and training curves on one HTML page",
    ),
}
"""By name: a module with ``DESCRIPTION``, ``add_arguments(parser)`` and ``run(arguments)``, which
returns the exit status; and a line of help. The module is imported when it is first used."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the command's name and its arguments; None takes those of the process.

    Returns:
        The exit status; 0 means success.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="editenv")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, text) in COMMANDS.items():
        if given[:1] != [name]:
            commands.add_parser(name, help=text)
            continue
        command = import_module(module)
        command.add_arguments(commands.add_parser(name, help=text, description=command.DESCRIPTION))
    arguments = parser.parse_args(given)
    return import_module(COMMANDS[arguments.command][0]).run(arguments)


if __name__ == "__main__":
    sys.exit(main())
