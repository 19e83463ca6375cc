"""The command ``editenv view``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from editenv.recordings.curves import read_curves
from editenv.recordings.folder import Recording, read_recordings
from editenv.recordings.pages import make_page

DESCRIPTION = """Write one HTML page that shows every recording in the folders and below, with the
training curves (curve.jsonl) found there: every step of every episode, its call, region and reward,
the task, and two policies side by side on the same tasks. The page opens offline and can be shared
as it is."""

PAGE = "index.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="written by `editenv record`"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"the page (default: {PAGE} in the first folder)"
    )
    parser.add_argument("--title", default="Recordings", help="title of the page")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    try:
        page = view(arguments.folders, arguments.out, title=arguments.title)
    except (OSError, ValueError) as error:
        print(f"editenv view: {error}", file=sys.stderr)
        return 2
    print(page)
    return 0


def view(
    folders: list[Path], out: Path | None = None, *, title: str = "Recordings", notes: str = ""
) -> Path:
    """Write the page of all recordings and curves in some folders, and return where it is.

    Args:
        folders: one or more.
        out: the file; None: ``index.html`` in the first folder.
        title: of the page.
        notes: a line of plain text below the title.

    Raises:
        ValueError: a folder that holds no recording.
        OSError: a file cannot be read or written.
    """
    recordings: list[Recording] = [each for folder in folders for each in read_recordings(folder)]
    curves = [curve for folder in folders for curve in read_curves(folder)]
    page = out or folders[0] / PAGE
    text = make_page(recordings, title=title, curves=curves, notes=notes)
    page.write_text(text, encoding="utf-8")
    return page
