"""Edit a photo of your own by saying what you want.

    python examples/edit_photo.py holiday.jpg "make it warmer and a bit brighter"
    python examples/edit_photo.py table.jpg "remove the cup" --region 120,80,60,70=cup
    python examples/edit_photo.py me.png "make it look like a painting" --tool diffusers:FOLDER

Offline with classical tools unless you name others. Writes ``NAME-edited.png`` (``.jpg`` for a
JPEG) at the photo's own resolution, the steps as ``NAME-steps.png`` and the calls as
``NAME-calls.json``, beside the photo or in ``--out``. What could not be done is said, never
pretended: exit code 0 when everything was done, 2 for a wrong argument or an unreadable photo, 3
when nothing was done, 4 when only a part was, 5 when a model or a server failed. See
``docs/edit_photo.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from editenv_policies.arguments import Parser
from editenv_policies.photo.filmstrip import draw_filmstrip
from editenv_policies.photo.picture import PhotoError, load_photo, save_picture
from editenv_policies.photo.play import Round, failed, play_team
from editenv_policies.photo.policy import PolicyPlayer
from editenv_policies.photo.report import STATUSES, Report
from editenv_policies.photo.spots import parse_spot, propose_regions, spot_region
from editenv_policies.photo.team import PhotoInterpreter, photo_team
from gymnasium.error import DependencyNotInstalled

from editenv.agents.factory import make_member
from editenv.failure import FailureError
from editenv.grounders import make_grounder
from editenv.registration import CONFIGURATIONS
from editenv.tools import TOOL_PRESETS, Tool, make_tools
from editenv.types import EditTask, Image, Region
from editenv.workspace import Workspace

SLOTS = 12
"""Regions that a team may choose from, the whole photo included."""


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(
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
        "--box", action="append", default=[], metavar="X,Y,W,H=NAME",
        help="the same, but all of the box is meant, not only the object in it",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of tools with randomness")
    parser.add_argument(
        "--tool", action="append", default=[], metavar="KIND:WHERE",
        help="a model beside the classical tools (diffusers:FOLDER, openai:URL, json:URL), or one "
        "of them that is to be taken before its rivals (remove_diffusion)",
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
        "--policy", default=None, metavar="ID|FILE",
        help="a trained coordinator in place of the team: an id for the one that comes with the "
        "package, or what examples/train_ppo.py saved",
    )  # fmt: skip
    parser.add_argument(
        "--policy-env", default=None, choices=CONFIGURATIONS,
        help="what a file was trained on; default the first id that fits",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Edit a photo; return the exit code."""
    given = parse_arguments(arguments)
    try:
        session = Session(given)
    except (ValueError, DependencyNotInstalled) as error:
        print(f"edit_photo: {error}", file=sys.stderr)
        return 2
    report, result = session.play()
    try:
        written = write(report, result, given)
    except PhotoError as error:
        print(f"edit_photo: {error}", file=sys.stderr)
        return 2
    print(report.text())
    print(f"{report.status}: {', '.join(map(str, written))}")
    return STATUSES[report.status]


class Session:
    """What the arguments mean: the photo, its regions, and who works on it.

    Raises:
        ValueError: a wrong argument or an unreadable photo.
        DependencyNotInstalled: a model's packages are missing.
    """

    def __init__(self, given: argparse.Namespace) -> None:
        if not given.instruction.strip():
            raise ValueError("say what is to be done: the instruction is empty")
        if given.size is not None and given.size < 32:
            raise ValueError(f"--size {given.size} must be at least 32")
        self.photo = load_photo(given.photo, given.size)
        self.task = EditTask(self.photo.pixels, given.instruction, metadata={"dataset": "photo"})
        self.spots = [
            spot_region(parse_spot(text, exact=exact), self.photo.pixels, self.photo.full_size)
            for exact, texts in ((False, given.region), (True, given.box))
            for text in texts
        ]
        self.grounder = None if given.grounder == "none" else make_grounder(given.grounder)
        self.policy = self.interpreter = None
        self.tools, self.own, self.seed = [], [], given.seed
        if given.policy is not None:
            _check_alone(given)
            self.policy = PolicyPlayer(given.policy, given.policy_env)
        else:
            self.tools, self.own = _tools(given)
            self.interpreter = _interpreter(given.interpreter)

    def play(self) -> tuple[Report, Image]:
        """Work on the photo; return what happened and the picture."""
        start = time.perf_counter()
        try:
            workspace, rounds = self._played()
        except FailureError as error:
            whole = [Region.whole(*self.photo.pixels.shape[:2])]
            workspace = Workspace(self.task, self.tools, whole)
            rounds = [failed(self.photo.pixels, error.failure)]
        finally:
            for part in (*self.own, self.grounder, self.interpreter):
                getattr(part, "close", lambda: None)()
        return Report(
            instruction=self.task.instruction,
            photo=self.photo,
            rounds=rounds,
            beyond=getattr(self.interpreter, "beyond", []),
            tools=workspace.tools,
            seconds=time.perf_counter() - start,
        ), workspace.canvas

    def _played(self) -> tuple[Workspace, list[Round]]:
        if self.policy is not None:
            return self.policy.play(self.task, self._regions(self.policy.slots))
        workspace = Workspace(self.task, self.tools, self._regions(SLOTS), seed=self.seed)
        team = photo_team(self.interpreter, favourites=[tool.name for tool in self.own])
        return workspace, play_team(workspace, team)

    def _regions(self, slots: int) -> tuple[Region | None, ...]:
        return propose_regions(self.task, self.spots, self.grounder, slots)


def _check_alone(given: argparse.Namespace) -> None:
    if given.tool or given.no_classical or given.interpreter != "scripted":
        raise ValueError(
            "--policy brings its own tools and understanding: without --tool, --no-classical and "
            "--interpreter"
        )


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
    return make_member(name, "interpreter")


def write(report: Report, result: Image, given: argparse.Namespace) -> list[Path]:
    """Write the picture (unless nothing was changed), the steps and the calls.

    Raises:
        PhotoError: nothing can be written there.
    """
    folder = given.photo.parent if given.out is None else given.out
    kind = ".jpg" if given.photo.suffix.lower() in (".jpg", ".jpeg") else ".png"
    stem = given.photo.stem
    edited, steps = folder / f"{stem}-edited{kind}", folder / f"{stem}-steps.png"
    calls = folder / f"{stem}-calls.json"
    save_picture(steps, draw_filmstrip(report))
    calls.write_text(json.dumps(report.json(), indent=2, ensure_ascii=False) + "\n")
    if not report.edits:
        # A picture of an earlier call must not be taken for this one's.
        edited.unlink(missing_ok=True)
        return [steps, calls]
    save_picture(edited, result, report.photo.profile)
    return [edited, steps, calls]


if __name__ == "__main__":
    sys.exit(main())
