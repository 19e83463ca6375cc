"""The command ``editenv play``."""

from __future__ import annotations

import argparse
import os
import sys

from gymnasium.error import DependencyNotInstalled

DESCRIPTION = """Serve a page on this machine on which you edit a picture by hand, or let a policy
do it, call by call. It needs no network."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=7860, help="port to serve on (7860)")
    parser.add_argument("--open", action="store_true", help="open it in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from editenv_policies.playground.page import serve

    try:
        serve(arguments.host, arguments.port, open_browser=arguments.open)
    except (DependencyNotInstalled, OSError) as error:
        print(f"editenv play: {error}", file=sys.stderr)
        return 2
    return 0
