"""Five agents at one workspace: a round is one decision of each."""

from __future__ import annotations

from dataclasses import dataclass

from editenv.agents.roles import (
    ACCEPT,
    ROLES,
    Critic,
    Editor,
    Grounder,
    Interpreter,
    RoundView,
    Selector,
)
from editenv.transition import Transition
from editenv.types import ToolCall
from editenv.workspace import Workspace

METHODS: dict[str, str] = dict(
    zip(ROLES, ("interpret", "ground", "select", "edit", "judge"), strict=True)
)
"""By role: the method of an agent that decides."""


@dataclass(frozen=True)
class Team:
    """One agent a role."""

    interpreter: Interpreter
    grounder: Grounder
    selector: Selector
    editor: Editor
    critic: Critic

    def reset(self, workspace: Workspace) -> None:
        """Start an episode."""
        for member in (self.interpreter, self.grounder, self.selector, self.editor, self.critic):
            member.reset(workspace)

    def play_round(
        self, workspace: Workspace, cycle: int = 0, max_calls: int | None = None
    ) -> tuple[Transition, ...]:
        """Play one round on the workspace.

        Args:
            workspace: the engine.
            cycle: number of the round, from 0.
            max_calls: the length of its history at which the episode ends, without the critic.

        Returns:
            What came of the calls that were made: the tool's, if a tool was chosen, and the
            critic's, unless it accepted.
        """
        view = look(workspace, cycle)
        view = view.after(intent=self.interpreter.interpret(view))
        view = view.after(region=self.grounder.ground(view))
        view = view.after(tool=self.selector.select(view))
        made: list[Transition] = []
        if view.tool is not None:
            view = view.after(option=self.editor.edit(view))
            made.append(workspace.apply(call_of(view)))
            if max_calls is not None and len(workspace.history) >= max_calls:
                return tuple(made)
        verdict = self.critic.judge(look_again(view, workspace))
        if verdict != ACCEPT:
            made.append(workspace.apply(ToolCall(verdict)))
        return tuple(made)


def look(workspace: Workspace, cycle: int = 0) -> RoundView:
    """What everyone sees at the start of a round, the ``cycle``-th from 0."""
    return RoundView(
        instruction=workspace.task.instruction,
        before=workspace.canvas,
        canvas=workspace.canvas,
        regions=workspace.named_regions,
        tools=workspace.tools,
        history=workspace.history,
        cycle=cycle,
    )


def look_again(view: RoundView, workspace: Workspace) -> RoundView:
    """What the critic sees once the tool has run."""
    return view.after(
        canvas=workspace.canvas,
        regions=workspace.named_regions,
        history=workspace.history,
    )


def known_option(view: RoundView, option: int) -> int | None:
    """As in ``ImageEditEnv``, a tool with fewer options counts them around; no tool has none."""
    return None if view.tool is None else option % len(view.tools[view.tool].options)


def call_of(view: RoundView) -> ToolCall:
    """The call that the decisions of a round make.

    Raises:
        ValueError: region, tool or option is not decided yet.
    """
    if view.tool is None or view.region is None or view.option is None:
        raise ValueError(
            f"region={view.region!r}, tool={view.tool!r} and option={view.option!r} "
            "must all be decided"
        )
    words = "" if view.intent is None else str(view.intent)
    return ToolCall(view.tool, view.region, view.option, words)
