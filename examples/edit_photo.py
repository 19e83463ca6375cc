"""Edit a photo of your own by saying what you want.

    python examples/edit_photo.py holiday.jpg "make it warmer and a bit brighter"
    python examples/edit_photo.py table.jpg "remove the cup" --region 120,80,60,70=cup
    python examples/edit_photo.py me.png "make it look like a painting" --tool diffusers:FOLDER

Offline with classical tools unless you name others. Writes ``NAME-edited.png`` (``.jpg`` for a JPEG)
at the photo's own resolution, the steps as ``NAME-steps.png`` and the calls as ``NAME-calls.json``,
beside the photo or in ``--out``. What could not be done is said, never pretended: exit code 0 when
everything was done, 2 for a wrong argument or an unreadable photo, 3 when nothing was done, 4 when
only a part was, 5 when a model or a server failed. See ``docs/edit_photo.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gymnasium.error import DependencyNotInstalled

from editenv.grounders import make_grounder
from editenv.registration import CONFIGURATIONS
from editenv.tools import TOOL_PRESETS, Tool, make_tools
from editenv.types import EditTask
from editenv.workspace import Workspace
from policies.photo.filmstrip import draw_filmstrip
from policies.photo.picture import Photo, load_photo, save_picture
from policies.photo.play import play_policy, play_team
from policies.photo.report import STATUSES, Report
from policies.photo.spots import parse_spot, propose_regions, spot_region
from policies.photo.team import PhotoInterpreter, photo_team

SLOTS = 12
"""Regions that a team may choose from, the whole photo included."""


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="exit codes: 0 done, 2 wrong argument or unreadable photo, 3 nothing done, "
        "4 partly done, 5 a model or server failed",
    )
    parser.add_argument("photo", type=Path)
    parser.add_argument("instruction")
    parser.add_argument("--out", type=Path, default=None, help="folder; default the photo's own")
    parser.add_argument(
        "--size", type=int, default=None, help="longest side to work at; default the photo's own"
    )
    parser.add_argument(
        "--region", action="append", default=[], metavar="X,Y,W,H=NAME",
        help="a box around a thing, in pixels; as often as you like",
    )  # fmt: skip
    parser.add_argument(
        "--tool", action="append", default=[], metavar="KIND:WHERE",
        help="a model beside the classical tools: diffusers:FOLDER, openai:URL, json:URL",
    )  # fmt: skip
    parser.add_argument(
        "--no-classical", action="store_true", help="only the tools given with --tool"
    )
    parser.add_argument(
        "--grounder", default="pixels", help="pixels (default), none, or detector:FOLDER"
    )
    parser.add_argument(
        "--interpreter", default="scripted", help="scripted (default), or chat:MODEL"
    )
    parser.add_argument(
        "--policy", type=Path, default=None,
        help="a coordinator that examples/train_ppo.py trained, in place of the team",
    )  # fmt: skip
    parser.add_argument(
        "--policy-env", default=None, choices=CONFIGURATIONS,
        help="what --policy was trained on; default the first id that fits",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Edit a photo; return the exit code."""
    given = parse_arguments(arguments)
    try:
        report, result = edit(given)
        paths = _paths(given)
        if report.status != "nothing done":
            save_picture(paths["edited"], result)
        save_picture(paths["steps"], draw_filmstrip(report))
    except (ValueError, DependencyNotInstalled) as error:
        print(f"edit_photo: {error}", file=sys.stderr)
        return 2
    paths["calls"].write_text(json.dumps(report.json(), indent=2, ensure_ascii=False) + "\n")
    print(report.text())
    written = (
        paths if report.status != "nothing done" else {k: paths[k] for k in ("steps", "calls")}
    )
    print(f"{report.status}: {', '.join(str(path) for path in written.values())}")
    return STATUSES[report.status]


def edit(given: argparse.Namespace) -> tuple[Report, Any]:
    """Read the photo, let the team or the policy work on it; return the report and the picture.

    Raises:
        ValueError: a wrong argument or an unreadable photo.
        DependencyNotInstalled: a model's packages are missing.
    """
    start = time.perf_counter()
    if not given.instruction.strip():
        raise ValueError("say what is to be done: the instruction is empty")
    if given.size is not None and given.size < 32:
        raise ValueError(f"--size {given.size} must be at least 32")
    photo = load_photo(given.photo, given.size)
    task = EditTask(photo.pixels, given.instruction, metadata={"dataset": "photo"})
    spots = [spot_region(parse_spot(text), photo.pixels, photo.full_size) for text in given.region]
    grounder = None if given.grounder == "none" else make_grounder(given.grounder)

    def regions(slots: int) -> Any:
        return propose_regions(task, spots, grounder, slots)

    if given.policy is not None:
        if given.tool or given.no_classical or given.interpreter != "scripted":
            raise ValueError(
                "--policy brings its own tools and understanding: without --tool, "
                "--no-classical and --interpreter"
            )
        workspace, rounds = play_policy(given.policy, task, regions, given.policy_env)
        return _reported(given, photo, workspace, rounds, [], start)
    tools, own = _tools(given)
    try:
        workspace = Workspace(task, tools, regions(SLOTS))
        interpreter = _interpreter(given.interpreter)
        team = photo_team(interpreter, favourites=[tool.name for tool in own])
        rounds = play_team(workspace, team)
    finally:
        for tool in own:
            getattr(tool, "close", lambda: None)()
    beyond = interpreter.beyond if isinstance(interpreter, PhotoInterpreter) else []
    return _reported(given, photo, workspace, rounds, beyond, start)


def _reported(
    given: argparse.Namespace,
    photo: Photo,
    workspace: Workspace,
    rounds: list[Any],
    beyond: list[Any],
    start: float,
) -> tuple[Report, Any]:
    seconds = time.perf_counter() - start
    report = Report(given.instruction, photo, rounds, beyond, workspace.tools, seconds)
    return report, workspace.canvas


def _tools(given: argparse.Namespace) -> tuple[list[Tool], list[Tool]]:
    """All tools, the person's own first, and the person's own."""
    own = list(make_tools(given.tool)) if given.tool else []
    if given.no_classical and not own:
        raise ValueError("--no-classical leaves no tool: name one with --tool")
    names = {tool.name for tool in own}
    classical = [] if given.no_classical else list(make_tools(TOOL_PRESETS["all"]))
    return [*own, *(tool for tool in classical if tool.name not in names)], own


def _interpreter(name: str) -> Any:
    if name == "scripted":
        return PhotoInterpreter()
    if not name.startswith("chat:"):
        raise ValueError(f"--interpreter {name!r}: choose 'scripted' or 'chat:MODEL'")
    return import_module("editenv.members").make_member(name, "interpreter")


def _paths(given: argparse.Namespace) -> dict[str, Path]:
    """Where the results go."""
    folder = given.photo.parent if given.out is None else given.out
    folder.mkdir(parents=True, exist_ok=True)
    kind = ".jpg" if given.photo.suffix.lower() in (".jpg", ".jpeg") else ".png"
    stem = given.photo.stem
    return {
        "edited": folder / f"{stem}-edited{kind}",
        "steps": folder / f"{stem}-steps.png",
        "calls": folder / f"{stem}-calls.json",
    }


if __name__ == "__main__":
    sys.exit(main())
