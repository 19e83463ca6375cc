"""Members of a team that know how people talk about their photos, and admit what they can't do."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.agents import Team
from editenv.agents.looking import LookingSelector
from editenv.agents.roles import Critic, Intent, Interpreter, Sight
from editenv.agents.scripted import ScriptedCritic, ScriptedEditor, preferred_tool
from editenv.tools import Tool
from editenv.workspace import Workspace
from policies.photo.finding import find_slot
from policies.photo.understanding import Beyond, PhotoWish, understand

EDIT = "edit"
"""The action of tools that take any wish in words."""


class PhotoInterpreter:
    """Hands out what it understands, clause by clause.

    A clause that no tool's action fits goes to a tool that takes any wish in words, where there is
    one; else it is kept in ``beyond``.

    Attributes:
        beyond: what it could not make anything of in this episode.
        wish: the clause that it handed out last.
    """

    def __init__(self) -> None:
        self._left: list[PhotoWish | Beyond] | None = None
        self.beyond: list[Beyond] = []
        self.wish: PhotoWish | None = None

    def reset(self, workspace: Workspace) -> None:
        """Forget the last instruction."""
        self._left, self.beyond, self.wish = None, [], None

    def interpret(self, sight: Sight) -> Intent | None:
        """Return the next wish; its subject is the thing's name, ``""`` for the whole photo."""
        if self._left is None:
            self._left = understand(sight.instruction, sight.tools)
        while self._left:
            found = self._left.pop(0)
            if isinstance(found, Beyond):
                tool = preferred_tool(EDIT, sight)
                if tool is None:
                    self.beyond.append(found)
                    continue
                found = PhotoWish(EDIT, tool.options[0], "", found.clause)
            self.wish = found
            return Intent(found.action, found.subject, found.goal)
        self.wish = None
        return None


class PhotoGrounder:
    """Takes the region that is named; the whole photo where none is, or where it is not found."""

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def ground(self, sight: Sight) -> int:
        """Return the slot."""
        if sight.intent is None or not sight.intent.subject:
            return 0
        return find_slot(sight.intent.subject, sight.regions) or 0


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

    def select(self, sight: Sight) -> str | None:
        """Return the tool's name; None where `why_nothing` has a reason."""
        if sight.intent is None or why_nothing(sight) is not None:
            return None
        rivals = [t for t in sight.tools.values() if t.action == sight.intent.action]
        for name in self._favourites:
            if any(t.name == name and sight.intent.goal in ("", *t.options) for t in rivals):
                return name
        chosen = self._looking.select(sight)
        return chosen or next((t.name for t in rivals if _fits(t, sight)), None)


def _fits(tool: Tool, sight: Sight) -> bool:
    whole = sight.region == 0
    return tool.target == "any" or whole == (tool.target == "image")


def why_nothing(sight: Sight) -> str | None:
    """Say why an intent cannot be carried out on the region of a sight; None where it can."""
    intent = sight.intent
    if intent is None or sight.region is None:
        return "nothing is asked for"
    rivals = [tool for tool in sight.tools.values() if tool.action == intent.action]
    if not rivals:
        actions = ", ".join(dict.fromkeys(tool.action for tool in sight.tools.values()))
        return f"no tool at hand does {intent.action!r}; they do: {actions}"
    named = intent.subject not in ("", "whole image", "photo", "image", "picture")
    targets = {tool.target for tool in rivals}
    if named and targets == {"image"}:
        return (
            f"{intent.action!r} works on the whole photo only: "
            f"it cannot be done to {intent.subject!r} alone"
        )
    if named and sight.region == 0 and targets != {"image"}:
        return f"I could not find {intent.subject!r}; {regions_in_words(sight)}"
    if not any(_fits(tool, sight) for tool in rivals):
        if targets == {"image"}:
            return f"{intent.action!r} works on the whole photo only"
        return f"{intent.action!r} needs a thing to be named; {regions_in_words(sight)}"
    if not any(intent.goal in ("", *tool.options) for tool in rivals):
        options = ", ".join(dict.fromkeys(o for tool in rivals for o in tool.options))
        return f"{intent.action!r} cannot do {intent.goal!r}; it can do: {options}"
    return None


def regions_in_words(sight: Sight) -> str:
    """The regions at hand, and how to get more."""
    labels = [r.label for slot, r in enumerate(sight.regions) if slot > 0 and r is not None]
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
