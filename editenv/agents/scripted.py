"""Hand-written members: they read the instruction and the regions' labels, nothing else."""

from __future__ import annotations

from dataclasses import replace

from editenv.agents.parser import background_slot, find_option, find_region, parse
from editenv.agents.roles import Intent, RoundView, Verdict
from editenv.agents.team import Team
from editenv.tools import Tool
from editenv.tools.run import is_prompted
from editenv.workspace import Workspace

PREFERRED = ("remove_texture", "denoise_guided")
"""Which of several rival tools the selector always takes."""


class ScriptedInterpreter:
    """Splits the instruction into clauses and hands them out one after the other."""

    def __init__(self) -> None:
        self._left: list[Intent] | None = None

    def reset(self, workspace: Workspace) -> None:
        """Forget the last instruction."""
        self._left = None

    def interpret(self, view: RoundView) -> Intent | None:
        """Return the next clause's intent; its subject is the clause itself."""
        if self._left is None:
            actions = {tool.action for tool in view.tools.values()}
            self._left = parse(view.instruction, actions)
        if not self._left:
            return None
        intent = self._left.pop(0)
        tool = preferred_tool(intent.action, view)
        option = None if tool is None else find_option(intent, tool)
        goal = "" if tool is None or option is None else tool.options[option]
        return replace(intent, goal=goal)


class ScriptedGrounder:
    """Takes the region whose label stands first in the intent's words."""

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def ground(self, view: RoundView) -> int:
        """Return the slot; the whole image where no label is named."""
        intent = view.intent
        if intent is None:
            return 0
        tool = preferred_tool(intent.action, view)
        if tool is not None and tool.target == "image":
            return 0
        if intent.action == "background":
            return background_slot(view.regions) or 0
        return find_region(intent.subject, view.regions)


class ScriptedSelector:
    """Takes the preferred tool for the action; none where the call would not be valid."""

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def select(self, view: RoundView) -> str | None:
        """Return the tool's name."""
        intent, region = view.intent, view.region
        tool = None if intent is None else preferred_tool(intent.action, view)
        if intent is None or tool is None or region is None or view.regions[region] is None:
            return None
        if intent.goal not in tool.options and not is_prompted(tool):
            return None
        whole = region == 0
        fits = tool.target == "any" or whole == (tool.target == "image")
        return tool.name if fits else None


class ScriptedEditor:
    """Takes the option that the intent's goal names."""

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def edit(self, view: RoundView) -> int:
        """Return the option's index; the first one where the goal names none."""
        if view.tool is None or view.intent is None:
            return 0
        options = view.tools[view.tool].options
        return options.index(view.intent.goal) if view.intent.goal in options else 0


class ScriptedCritic:
    """Accepts everything, and hands in when the interpreter has nothing more to do."""

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def judge(self, view: RoundView) -> Verdict:
        """Return ``"submit"`` when there was no intent in this round."""
        return "submit" if view.intent is None else "accept"


def preferred_tool(action: str, view: RoundView) -> Tool | None:
    """The tool for an action; of several rivals the preferred one, or the first."""
    rivals = [tool for tool in view.tools.values() if tool.action == action]
    return next((tool for tool in rivals if tool.name in PREFERRED), rivals[0] if rivals else None)


def scripted_team() -> Team:
    """Build a team of scripted members."""
    return Team(
        ScriptedInterpreter(),
        ScriptedGrounder(),
        ScriptedSelector(),
        ScriptedEditor(),
        ScriptedCritic(),
    )
