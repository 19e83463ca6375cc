"""The interpreter and the selector for photos, which refuse what cannot be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from editenv.agents.looking import LookingSelector
from editenv.agents.roles import Intent, RoundView
from editenv.agents.scripted import preferred_tool
from editenv.tools import Tool
from editenv.types import BACKGROUND
from editenv.workspace import Workspace
from editenv_policies.photo.finding import candidates
from editenv_policies.photo.nearest import nearest_option, nearest_request
from editenv_policies.photo.understanding import Beyond, understand

EDIT = "edit"
"""The action of tools that take any wish in words."""

DRAW = "draw a box around it: --region X,Y,W,H="
"""What helps where a thing is not found; its name follows."""


class PhotoInterpreter:
    """Hands out what it understands, clause by clause.

    A clause that fits no tool's action goes to a tool that takes any wish in words, if there is
    one; otherwise it is kept in ``beyond``.

    Args:
        sliders: whether the sliders of ``editenv.develop`` are available besides the tools.

    Attributes:
        beyond: what it did not understand in this episode.
    """

    def __init__(self, sliders: bool = False) -> None:
        self._left: list[Intent | Beyond] | None = None
        self._sliders = sliders
        self.beyond: list[Beyond] = []

    def things(self, instruction: str, tools: Mapping[str, Tool]) -> set[str]:
        """Return the names of the things that an instruction is about, or leaves out."""
        wishes = understand(instruction, tools, sliders=self._sliders)
        intents = [wish for wish in wishes if isinstance(wish, Intent)]
        named = {name for intent in intents for name in (intent.subject, *intent.spared)}
        return {name for name in named if not is_whole(name)}

    def reset(self, workspace: Workspace) -> None:
        """Forget the last instruction."""
        self._left, self.beyond = None, []

    def interpret(self, view: RoundView) -> Intent | None:
        """Return the next intent; its subject is the thing's name, ``""`` for the whole photo."""
        if self._left is None:
            self._left = understand(view.instruction, view.tools, sliders=self._sliders)
        while self._left:
            found = self._left.pop(0)
            if isinstance(found, Beyond):
                tool = preferred_tool(EDIT, view)
                if tool is None:
                    self.beyond.append(found)
                    continue
                found = Intent(EDIT, "", tool.options[0], found.clause)
            return found
        return None


class PhotoSelector:
    """Like the scripted one, but never applies to the whole photo what is meant for a thing.

    Args:
        favourites: names of tools to prefer to any rival, such as the user's own.
    """

    def __init__(self, favourites: Sequence[str] = ()) -> None:
        self._favourites = tuple(favourites)
        self._looking = LookingSelector()

    def favourite(self, view: RoundView) -> str | None:
        """Return the user's own tool for the intent of a view, if there is one."""
        intent = view.intent
        fits = (
            name
            for name in self._favourites
            if (tool := view.tools.get(name)) is not None
            and intent is not None
            and tool.action == intent.action
            and intent.goal in ("", *tool.options)
        )
        return next(fits, None)

    def select(self, view: RoundView) -> str | None:
        """Return the tool's name; None if `why_nothing` has a reason."""
        if view.intent is None or why_nothing(view) is not None:
            return None
        rivals = [t for t in view.tools.values() if t.action == view.intent.action]
        return (
            self.favourite(view)
            or self._looking.select(view)
            or next((t.name for t in rivals if _fits(t, view)), None)
        )


def _fits(tool: Tool, view: RoundView) -> bool:
    whole = view.region == 0
    return tool.target == "any" or whole == (tool.target == "image")


def why_nothing(view: RoundView) -> str | None:
    """Say why no tool can carry out an intent on the region of a view; None if one can."""
    intent = view.intent
    if intent is None or view.region is None:
        return "nothing is asked for"
    rivals = [tool for tool in view.tools.values() if tool.action == intent.action]
    if not rivals:
        return nearest_request(intent.clause or str(intent))
    targets = {tool.target for tool in rivals}
    verb = intent.action.replace("_", " ")
    if not is_whole(intent.subject) and targets == {"image"}:
        return f"{verb!r} works on the whole photo only, not on {intent.subject!r} alone"
    if not any(_fits(tool, view) for tool in rivals):
        return f"{verb!r} needs a thing to be named, such as '{verb} the cup'"
    if not any(intent.goal in ("", *tool.options) for tool in rivals):
        return nearest_option(intent.goal, [o for tool in rivals for o in tool.options])
    return None


def is_whole(subject: str) -> bool:
    """Whether a subject means the photo as a whole."""
    return subject in ("", "whole image", "photo", "image", "picture")


def why_not_found(subject: str, view: RoundView) -> str:
    """Say that a thing was not found, and what helps."""
    if subject == BACKGROUND:
        return (
            "I cannot tell the background from what is in front of it: draw a box around each "
            "thing in front (--region X,Y,W,H=NAME), or add --grounder subject"
        )
    meant = [view.regions[slot] for slot in candidates(subject, view.regions)]
    if meant:
        names = " or ".join(repr(region.label) for region in meant if region is not None)
        return f"{subject!r} could be {names}: say which"
    return (
        f"I could not find {subject!r}: {DRAW}{subject}; or, where it is what the photo is about, "
        "add --grounder subject"
    )
