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
    Selector,
    Sight,
)
from editenv.types import ToolCall
from editenv.workspace import Transition, Workspace

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
        sight = look(workspace, cycle)
        sight = sight.after(intent=self.interpreter.interpret(sight))
        sight = sight.after(region=self.grounder.ground(sight))
        sight = sight.after(tool=self.selector.select(sight))
        made: list[Transition] = []
        if sight.tool is not None:
            sight = sight.after(option=self.editor.edit(sight))
            made.append(workspace.apply(call_of(sight)))
            if max_calls is not None and len(workspace.history) >= max_calls:
                return tuple(made)
        verdict = self.critic.judge(look_again(sight, workspace))
        if verdict != ACCEPT:
            made.append(workspace.apply(ToolCall(verdict)))
        return tuple(made)


def look(workspace: Workspace, cycle: int = 0) -> Sight:
    """What everyone sees at the start of a round, the ``cycle``-th from 0."""
    return Sight(
        instruction=workspace.task.instruction,
        before=workspace.canvas,
        canvas=workspace.canvas,
        regions=workspace.named_regions,
        tools=workspace.tools,
        history=workspace.history,
        cycle=cycle,
    )


def look_again(sight: Sight, workspace: Workspace) -> Sight:
    """What the critic sees once the tool has run."""
    return sight.after(
        canvas=workspace.canvas,
        regions=workspace.named_regions,
        history=workspace.history,
    )


def known_option(sight: Sight, option: int) -> int | None:
    """As in ``ImageEditEnv``, a tool with fewer options counts them around; no tool has none."""
    return None if sight.tool is None else option % len(sight.tools[sight.tool].options)


def call_of(sight: Sight) -> ToolCall:
    """The call that the decisions of a round make.

    Raises:
        ValueError: region, tool or option is not decided yet.
    """
    if sight.tool is None or sight.region is None or sight.option is None:
        raise ValueError(
            f"region={sight.region!r}, tool={sight.tool!r} and option={sight.option!r} "
            "must all be decided"
        )
    words = "" if sight.intent is None else str(sight.intent)
    return ToolCall(sight.tool, sight.region, sight.option, words)
