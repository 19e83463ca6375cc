"""A user's request for photos, and the session that carries it out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editenv.agents.factory import make_member
from editenv.failure import FailureError
from editenv.grounders import Grounder, PixelGrounder, make_grounder
from editenv.tools import TOOL_PRESETS, Tool, make_tools
from editenv.types import BACKGROUND, Region
from editenv_policies.photo.desk import Desk, Round, failed
from editenv_policies.photo.picture import Photo, load_photo
from editenv_policies.photo.plan import Planner, Step, task_of
from editenv_policies.photo.policy import PolicyPlayer
from editenv_policies.photo.report import Report
from editenv_policies.photo.spots import parse_spot, propose_regions, spot_region
from editenv_policies.photo.team import PhotoInterpreter, PhotoSelector

SLOTS = 12
"""Regions that a plan may choose from, the whole photo included."""

Told = Callable[[str], None]
"""Is told what is being done."""


@dataclass(frozen=True)
class Request:
    """What a user wants.

    Attributes:
        instruction: in their words.
        size: longest side to work at, at least 32 pixels; None is the photo's own.
        regions: ``"X,Y,W,H=NAME"``, boxes around things.
        boxes: the same, but for whole boxes.
        seed: of tools that use randomness.
        tools: models besides the classical tools, or names of tools to prefer to their rivals.
        classical: whether there are sliders and classical tools.
        grounder: ``"pixels"``, ``"subject"``, ``"detector:FOLDER"`` or ``"none"``.
        interpreter: ``"scripted"`` or ``"chat:MODEL"``.
        policy: a trained coordinator instead of all these; see ``PolicyPlayer``.
        policy_env: the id that it was trained on.

    Raises:
        ValueError: an argument that is none of these.
    """

    instruction: str
    size: int | None = None
    regions: Sequence[str] = ()
    boxes: Sequence[str] = ()
    seed: int = 0
    tools: Sequence[str] = ()
    classical: bool = True
    grounder: str = "pixels"
    interpreter: str = "scripted"
    policy: str | None = None
    policy_env: str | None = None

    def __post_init__(self) -> None:
        if not self.instruction.strip():
            raise ValueError("say what is to be done: the instruction is empty")
        if self.size is not None and self.size < 32:
            raise ValueError(f"--size {self.size} must be at least 32")
        alone = not self.tools and self.classical and self.interpreter == "scripted"
        if self.policy is not None and not alone:
            raise ValueError(
                "--policy brings its own tools and understanding: without --tool, --no-classical "
                "and --interpreter"
            )


class Session:
    """Carries out a request; models are loaded once for all photos.

    Args:
        request: what is wanted.

    Raises:
        ValueError: a wrong argument.
        gymnasium.error.DependencyNotInstalled: a model's packages are missing.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._spots = [
            parse_spot(text, exact=exact)
            for exact, texts in ((False, request.regions), (True, request.boxes))
            for text in texts
        ]
        named = request.grounder
        self._grounder: Grounder | None = None if named == "none" else make_grounder(named)
        self._policy: PolicyPlayer | None = None
        self._tools: list[Tool] = []
        self._own: list[Tool] = []
        self._interpreter: Any = None
        if request.policy is not None:
            self._policy = PolicyPlayer(request.policy, request.policy_env)
        else:
            self._tools, self._own = _tools(request)
            self._interpreter = _interpreter(request)

    def edit(self, path: Path, told: Told = lambda _: None, *, dry: bool = False) -> Report:
        """Edit a photo, or only plan it; nothing is written.

        Args:
            path: of the photo.
            told: called with a description of each step.
            dry: only plan it.

        Raises:
            PhotoError: the photo cannot be read.
            ValueError: a box lies outside the photo.
        """
        start = time.perf_counter()
        told("reading")
        photo = load_photo(path, self._request.size)
        task = task_of(photo.pixels, self._request.instruction)
        spots = [spot_region(spot, task.source, photo.full_size) for spot in self._spots]
        regions: tuple[Region | None, ...] = ()
        tools = self._tools
        try:
            told("looking")
            slots = SLOTS if self._policy is None else self._policy.slots
            grounder = self._grounder if dry or self._looks() else None
            regions = propose_regions(task, spots, grounder, slots)
            if self._policy is not None:
                workspace, rounds = self._policy.play(task, regions)
                result, tools = workspace.canvas, list(workspace.tools.values())
            else:
                rounds, result = self._carry_out(photo, task, list(regions), told, dry)
        except FailureError as error:
            rounds, result = [failed(photo.pixels, error.failure)], photo.pixels
        return Report(
            instruction=self._request.instruction,
            photo=photo,
            rounds=rounds,
            beyond=list(getattr(self._interpreter, "beyond", [])),
            tools={tool.name: tool for tool in tools},
            regions=[region.label for region in regions[1:] if region is not None],
            result=result,
            seconds=time.perf_counter() - start,
            planned=dry,
        )

    def _looks(self) -> bool:
        """Whether things must be looked for: not where all that are named have boxes."""
        if not isinstance(self._interpreter, PhotoInterpreter):
            return True
        tools = {tool.name: tool for tool in self._tools}
        known = {spot.label for spot in self._spots}
        if isinstance(self._grounder, PixelGrounder):
            known.add(BACKGROUND)  # What the boxes leave over.
        return not self._interpreter.things(self._request.instruction, tools) <= known

    def _carry_out(
        self, photo: Photo, task: Any, regions: list[Region | None], told: Told, dry: bool
    ) -> tuple[list[Round], Any]:
        planner = Planner(
            photo.pixels,
            task,
            self._tools,
            regions,
            PhotoSelector([tool.name for tool in self._own]),
            sliders=self._request.classical,
            subject=getattr(self._grounder, "subject", None),
        )
        steps = planner.plan(self._interpreter)
        if dry:
            return [_not_yet(photo, step) for step in steps], photo.pixels
        desk = Desk(photo.pixels, task, self._tools, regions, self._request.seed)
        rounds: list[Round] = []
        for step in steps:
            told(step.words)
            rounds.append(desk.carry_out(step))
            if rounds[-1].failure is not None:
                break
        return rounds, desk.pixels

    def close(self) -> None:
        """Release the models that were loaded for the session."""
        for part in (*self._own, self._grounder, self._interpreter):
            getattr(part, "close", lambda: None)()


def _not_yet(photo: Photo, step: Step) -> Round:
    return Round(step, photo.pixels, photo.pixels, step.reason, remark=step.remark)


def _tools(request: Request) -> tuple[list[Tool], list[Tool]]:
    """All tools, the user's own first, and the user's own alone."""
    own = list(make_tools(request.tools)) if request.tools else []
    if not request.classical and not own:
        raise ValueError("--no-classical leaves no tool: name one with --tool")
    names = {tool.name for tool in own}
    classical = list(make_tools(TOOL_PRESETS["all"])) if request.classical else []
    return [*own, *(tool for tool in classical if tool.name not in names)], own


def _interpreter(request: Request) -> Any:
    if request.interpreter == "scripted":
        return PhotoInterpreter(sliders=request.classical)
    if not request.interpreter.startswith("chat:"):
        raise ValueError(
            f"--interpreter {request.interpreter!r}: choose 'scripted' or 'chat:MODEL'"
        )
    return make_member(request.interpreter, "interpreter")
