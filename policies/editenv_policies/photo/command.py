"""The command ``editenv edit``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from gymnasium.error import DependencyNotInstalled
from tqdm import tqdm

from editenv.develop import Sliders
from editenv.develop.xmp import lost, write_xmp
from editenv.imaging.strips import keep_freed_memory
from editenv.registration import CONFIGURATIONS
from editenv_policies.photo.adjustments import merged
from editenv_policies.photo.files import find_photos, free_name
from editenv_policies.photo.filmstrip import draw_filmstrip
from editenv_policies.photo.picture import PhotoError, kind_of, save_picture
from editenv_policies.photo.report import STATUSES, Report
from editenv_policies.photo.session import Request, Session

DESCRIPTION = """Edit your own photos by saying what you want: files or folders, then the
instruction in quotes. Results are called NAME-edited and are saved beside the photo or in --out; no
file is ever overwritten."""

BAD_INPUT = 2

EXIT_CODES = """exit codes: 0 done, 2 a wrong argument or no readable photo, 3 refused (nothing was
done), 4 partly done, or done to some of the photos, 5 a model or a server failed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.epilog = EXIT_CODES
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="files or folders")
    parser.add_argument("instruction", help="such as 'make it warmer and a bit brighter'")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: beside each photo")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--preview",
        action="store_true",
        help="also write before, every step and after side by side",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one line of JSON per photo, with every call and refusal",
    )
    parser.add_argument(
        "--xmp",
        action="store_true",
        help="write the sliders for other editors, if the edit is only sliders",
    )
    parser.add_argument(
        "--no-exif", action="store_true", help="remove place, time and camera from the result"
    )
    parser.add_argument("--size", type=int, help="longest side to work at (default: the photo's)")
    parser.add_argument(
        "--region", action="append", default=[], metavar="X,Y,W,H=NAME",
        help="a box around a thing, in pixels; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--box", action="append", default=[], metavar="X,Y,W,H=NAME",
        help="the same, but for the whole box, not only the object in it",
    )  # fmt: skip
    parser.add_argument(
        "--grounder", default="pixels", metavar="NAME",
        help="what finds things: pixels (default), subject (what the photo is about), "
        "detector:FOLDER, or none",
    )  # fmt: skip
    parser.add_argument(
        "--tool", action="append", default=[], metavar="KIND:WHERE",
        help="a model besides the classical tools (diffusers:FOLDER, openai:URL, json:URL), or a "
        "classical tool to prefer to its rivals (remove_diffusion)",
    )  # fmt: skip
    parser.add_argument(
        "--no-classical", action="store_true", help="use only the tools given with --tool"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of tools that use randomness")
    parser.add_argument(
        "--interpreter", default="scripted", help="scripted (default), or chat:MODEL"
    )
    parser.add_argument(
        "--policy", metavar="ID|FOLDER|FILE",
        help="a trained coordinator that decides everything: an id for the one that comes with the "
        "package, a run's folder, or a model.zip",
    )  # fmt: skip
    parser.add_argument(
        "--policy-env", choices=CONFIGURATIONS, metavar="ID",
        help="the id that a model.zip was trained on; default: the first id that fits",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    keep_freed_memory()
    try:
        photos = find_photos(arguments.photos)
        session = Session(_request(arguments))
    except (ValueError, DependencyNotInstalled) as error:
        return _refuse(error)
    codes: list[int] = []
    # On a terminal only, and gone when all is done.
    bar = tqdm(photos, unit="photo", leave=False, disable=None)
    with closing(session), bar:
        for photo in bar:
            codes.append(_edit(session, photo, arguments, bar))
    return total(codes)


def total(codes: Sequence[int]) -> int:
    """Return the exit code of several photos: the worst, or 4 if only some were edited.

    >>> total([0, 0]), total([0, 3]), total([3, 3]), total([0, 5])
    (0, 4, 3, 5)
    """
    kinds = set(codes)
    if STATUSES["failed"] in kinds:
        return STATUSES["failed"]
    return kinds.pop() if len(kinds) == 1 else STATUSES["partly done"]


def _request(arguments: argparse.Namespace) -> Request:
    return Request(
        instruction=arguments.instruction,
        size=arguments.size,
        regions=arguments.region,
        boxes=arguments.box,
        seed=arguments.seed,
        tools=arguments.tool,
        classical=not arguments.no_classical,
        grounder=arguments.grounder,
        interpreter=arguments.interpreter,
        policy=arguments.policy,
        policy_env=arguments.policy_env,
    )


def _edit(session: Session, photo: Path, arguments: argparse.Namespace, bar: tqdm[Path]) -> int:
    """Edit one photo, write the results, and report."""

    def told(what: str) -> None:
        bar.set_description(f"{photo.name}: {what}"[:60])

    try:
        report = session.edit(photo, told, dry=arguments.dry_run)
        told("writing")
        written = [] if arguments.dry_run else _write(report, photo, arguments)
    except ValueError as error:
        return _refuse(error)
    bar.clear()
    if arguments.json:
        line = {"photo": str(photo), **report.json(), "written": list(map(str, written))}
        print(json.dumps(line, ensure_ascii=False), flush=True)
    else:
        print("\n".join(filter(None, (f"{photo}: {report.status}", report.text()))))
        for file in written:
            print(f"wrote {file}", flush=True)
    return STATUSES[report.status]


def _write(report: Report, photo: Path, arguments: argparse.Namespace) -> list[Path]:
    """Write the picture, if it was changed, and other requested files; return the files.

    Raises:
        PhotoError: nothing can be written there.
    """
    written: list[Path] = []
    if report.edits:
        kind = kind_of(photo, report.result)
        file = free_name(photo, arguments.out, kind)
        exif = None if arguments.no_exif else report.photo.exif
        save_picture(file, report.result, report.photo.profile, exif)
        written.append(file)
        sliders = _sliders_alone(report) if arguments.xmp else None
        if sliders is not None:
            written.append(_write_xmp(sliders, report, file.with_suffix(".xmp")))
        elif arguments.xmp:
            print(f"no .xmp for {photo}: only sliders of the whole photo fit in", file=sys.stderr)
    if arguments.preview:
        preview = free_name(photo, arguments.out, "-preview.png")
        save_picture(preview, draw_filmstrip(report))
        written.append(preview)
    return written


def _sliders_alone(report: Report) -> Sliders | None:
    """The positions of the sliders; None if something else was done too."""
    total = Sliders()
    for round_ in report.edits:
        if not round_.step.everywhere or round_.step.sliders is None:
            return None
        total = merged(total, round_.step.sliders)
    return total


def _write_xmp(sliders: Sliders, report: Report, file: Path) -> Path:
    height, width = report.photo.full_size
    for name, why in lost(sliders).items():
        print(f"{file.name} has no {name}: {why}", file=sys.stderr)
    try:
        file.write_text(write_xmp(sliders, width, height))
    except OSError as error:
        raise PhotoError(f"{str(file)!r} cannot be written: {error}") from error
    return file


def _refuse(error: Exception) -> int:
    print(f"editenv edit: {error}", file=sys.stderr)
    return BAD_INPUT
