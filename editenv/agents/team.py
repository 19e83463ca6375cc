"""Five agents at one workspace: a round is one decision of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from editenv.agents.roles import ACCEPT, Critic, Editor, Grounder, Interpreter, Selector, Sight
from editenv.types import ToolCall
from editenv.workspace import Workspace


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

    def play_round(self, workspace: Workspace) -> tuple[ToolCall, ...]:
        """Play one round on the workspace.

        Returns:
            The calls that were made: the tool's, if a tool was chosen, and the critic's, unless it
            accepted.
        """
        sight = look(workspace)
        sight = replace(sight, intent=self.interpreter.interpret(sight))
        sight = replace(sight, region=self.grounder.ground(sight))
        sight = replace(sight, tool=self.selector.select(sight))
        calls: list[ToolCall] = []
        if sight.tool is not None:
            sight = replace(sight, option=self.editor.edit(sight))
            calls.append(call_of(sight))
            workspace.apply(calls[-1])
        verdict = self.critic.judge(look_again(sight, workspace))
        if verdict != ACCEPT:
            calls.append(ToolCall(verdict))
            workspace.apply(calls[-1])
        return tuple(calls)


def look(workspace: Workspace) -> Sight:
    """What everyone sees at the start of a round."""
    return Sight(
        instruction=workspace.task.instruction,
        before=workspace.canvas,
        canvas=workspace.canvas,
        regions=workspace.regions,
        tools=workspace.tools,
        history=workspace.history,
    )


def look_again(sight: Sight, workspace: Workspace) -> Sight:
    """What the critic sees once the tool has run."""
    return replace(
        sight,
        canvas=workspace.canvas,
        regions=workspace.regions,
        history=workspace.history,
    )


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
    return ToolCall(sight.tool, sight.region, sight.option)
