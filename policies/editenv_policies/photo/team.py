"""Members of a team that know how people talk about their photos, and admit what they can't do."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.agents import Team
from editenv.agents.looking import LookingSelector
from editenv.agents.roles import Critic, Intent, Interpreter, RoundView
from editenv.agents.scripted import ScriptedCritic, ScriptedEditor, preferred_tool
from editenv.tools import Tool
from editenv.types import BACKGROUND
from editenv.workspace import Workspace
from editenv_policies.photo.finding import candidates, find_slot
from editenv_policies.photo.understanding import Beyond, understand

EDIT = "edit"
"""The action of tools that take any wish in words."""


class PhotoInterpreter:
    """Hands out what it understands, clause by clause.

    A clause that no tool's action fits goes to a tool that takes any wish in words, where there is
    one; else it is kept in ``beyond``.

    Attributes:
        beyond: what it could not make anything of in this episode.
    """

    def __init__(self) -> None:
        self._left: list[Intent | Beyond] | None = None
        self.beyond: list[Beyond] = []

    def reset(self, workspace: Workspace) -> None:
        """Forget the last instruction."""
        self._left, self.beyond = None, []

    def interpret(self, view: RoundView) -> Intent | None:
        """Return the next intent; its subject is the thing's name, ``""`` for the whole photo."""
        if self._left is None:
            self._left = understand(view.instruction, view.tools)
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


class PhotoGrounder:
    """Takes the region that is named; the whole photo where none is, or where it is not found."""

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def ground(self, view: RoundView) -> int:
        """Return the slot."""
        if view.intent is None or not view.intent.subject:
            return 0
        return find_slot(view.intent.subject, view.regions) or 0


class PhotoSelector:
    """As the scripted one, but never does to the whole photo what is meant for a thing.

    Args:
        favourites: names of tools that are taken before any rival, such as the person's own.
    """

    def __init__(self, favourites: Sequence[str] = ()) -> None:
        self._favourites = tuple(favourites)
        self._looking = LookingSelector()

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def select(self, view: RoundView) -> str | None:
        """Return the tool's name; None where `why_nothing` has a reason."""
        if view.intent is None or why_nothing(view) is not None:
            return None
        rivals = [t for t in view.tools.values() if t.action == view.intent.action]
        for name in self._favourites:
            if any(t.name == name and view.intent.goal in ("", *t.options) for t in rivals):
                return name
        chosen = self._looking.select(view)
        return chosen or next((t.name for t in rivals if _fits(t, view)), None)


def _fits(tool: Tool, view: RoundView) -> bool:
    whole = view.region == 0
    return tool.target == "any" or whole == (tool.target == "image")


def why_nothing(view: RoundView) -> str | None:
    """Say why an intent cannot be carried out on the region of a view; None where it can."""
    intent = view.intent
    if intent is None or view.region is None:
        return "nothing is asked for"
    rivals = [tool for tool in view.tools.values() if tool.action == intent.action]
    if not rivals:
        actions = ", ".join(dict.fromkeys(tool.action for tool in view.tools.values()))
        return f"no tool at hand does {intent.action!r}; they do: {actions}"
    named = intent.subject not in ("", "whole image", "photo", "image", "picture")
    targets = {tool.target for tool in rivals}
    if named and targets == {"image"}:
        return (
            f"{intent.action!r} works on the whole photo only: "
            f"it cannot be done to {intent.subject!r} alone"
        )
    if intent.subject == BACKGROUND and view.region == 0:
        return (
            "I cannot tell the background from what is in front of it: draw a box around each "
            "thing in front: --region X,Y,W,H=NAME"
        )
    if named and view.region == 0:
        return f"{_not_found(intent.subject, view)}; {regions_in_words(view)}"
    if not any(_fits(tool, view) for tool in rivals):
        if targets == {"image"}:
            return f"{intent.action!r} works on the whole photo only"
        return f"{intent.action!r} needs a thing to be named; {regions_in_words(view)}"
    if not any(intent.goal in ("", *tool.options) for tool in rivals):
        options = ", ".join(dict.fromkeys(o for tool in rivals for o in tool.options))
        return f"{intent.action!r} cannot do {intent.goal!r}; it can do: {options}"
    return None


def _not_found(subject: str, view: RoundView) -> str:
    meant = [view.regions[slot] for slot in candidates(subject, view.regions)]
    if not meant:
        return f"I could not find {subject!r}"
    names = " or ".join(repr(region.label) for region in meant if region is not None)
    return f"{subject!r} could be {names}: say which"


def regions_in_words(view: RoundView) -> str:
    """The regions at hand, and how to get more."""
    labels = [r.label for slot, r in enumerate(view.regions) if slot > 0 and r is not None]
    there = f"regions at hand: {', '.join(labels)}" if labels else "no region is at hand"
    return f"{there}. Draw a box around it: --region X,Y,W,H=NAME"


def photo_team(
    interpreter: Interpreter | None = None,
    critic: Critic | None = None,
    favourites: Sequence[str] = (),
) -> Team:
    """Build a team for a photo.

    Args:
        interpreter: None for the hand-written one.
        critic: None for one that accepts everything.
        favourites: names of tools that are taken before any rival.
    """
    return Team(
        interpreter or PhotoInterpreter(),
        PhotoGrounder(),
        PhotoSelector(favourites),
        ScriptedEditor(),
        critic or ScriptedCritic(),
    )
