"""Carrying out an edit that is given in words, with the scripted team behind it.

The editor is the scripted team's; the selector too, but that it looks which kind of noise there is.
The grounder is stricter than the scripted one, which takes the whole image for a name that it does
not find, and the left one of two twins: an answer that means nothing must change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from editenv.agents.looking import LookingSelector
from editenv.agents.roles import Intent, RoundView
from editenv.agents.scripted import ScriptedEditor
from editenv.agents.team import call_of, look
from editenv.answers.subjects import find_subject
from editenv.answers.words import Impossible, NameFinder, exact
from editenv.failure import FailureError
from editenv.tools import Tool
from editenv.tools.run import is_prompted
from editenv.workspace import Workspace

_SELECTOR, _EDITOR = LookingSelector(), ScriptedEditor()


def apply_intent(workspace: Workspace, edit: Intent, names: NameFinder) -> None:
    """Change the canvas as an edit says.

    Args:
        workspace: the engine.
        edit: action, subject and goal in words.
        names: finds options and labels by their synonyms.

    Raises:
        Impossible: no tool does the action, no option is the goal, no region is the subject, or
            the tool does not work there. Nothing is changed then.
        FailureError: the tool could not make the edit; the workspace has failed.
    """
    view = look(workspace)
    view = view.after(intent=_understood(edit, view, names))
    view = view.after(
        region=find_subject(edit.subject, view.regions, view.canvas, names),
    )
    view = view.after(tool=_SELECTOR.select(view))
    if view.tool is None:
        raise Impossible(f"{edit.action!r} does not work on {edit.subject!r}")
    view = view.after(option=_EDITOR.edit(view))
    transition = workspace.apply(call_of(view))
    if transition.failure is not None:
        raise FailureError(transition.failure)
    if transition.invalid is not None:
        raise Impossible(transition.invalid)


def _understood(edit: Intent, view: RoundView, names: NameFinder) -> Intent:
    """The edit with its action and goal as the tools call them."""
    action = exact(edit.action, [tool.action for tool in view.tools.values()])
    if action is None:
        raise Impossible(f"no tool does {edit.action!r}")
    goal = as_tools_say(edit.goal, action, view.tools.values(), names)
    if goal is None:
        raise Impossible(f"{action!r} has no goal {edit.goal!r}")
    return Intent(action, edit.subject, goal)


def options_of(action: str, tools: Iterable[Tool]) -> tuple[str, ...]:
    """The options of an action; rival tools have the same ones. Empty where no tool does it."""
    return next((tool.options for tool in tools if tool.action == action), ())


def as_tools_say(goal: str, action: str, tools: Iterable[Tool], names: NameFinder) -> str | None:
    """What the tools for an action call a goal; None where none of them knows it.

    A tool that takes words takes any goal as it was said: its options are no goals.
    """
    rivals = [tool for tool in tools if tool.action == action]
    if any(map(is_prompted, rivals)):
        return goal
    return find_goal(goal, options_of(action, rivals), names)


def find_goal(goal: str, options: Sequence[str], names: NameFinder) -> str | None:
    """The option that a goal names, or None; an action with one outcome needs no goal."""
    if not goal:
        return options[0] if len(options) == 1 else None
    return names.find(goal, options)
