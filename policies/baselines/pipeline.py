"""A hand-written pipeline: parse the instruction once, then carry the calls out in order."""

from __future__ import annotations

from typing import Any

import gymnasium

from editenv.tools import Tool
from editenv.types import ToolCall
from editenv.workspace import SUBMIT, Workspace
from policies.baselines.parser import Wish, background_slot, find_option, find_region, parse

PREFERRED = ("remove_diffusion", "denoise_nlm")
"""Which of several rival tools the pipeline always takes."""


class PipelineActor:
    """Reads the instruction and the regions' labels; never the ground truth."""

    def __init__(self) -> None:
        self._wishes: list[Wish] = []

    def reset(self, env: gymnasium.Env) -> None:
        """Parse the new instruction."""
        base: Any = env.unwrapped
        workspace: Workspace = base.workspace
        actions = {tool.action for tool in workspace.tools.values()}
        self._wishes = parse(workspace.task.instruction, actions)

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Return the next call, or submit when none is left."""
        base: Any = env.unwrapped
        return base.encode(self.choose(base.workspace))

    def choose(self, workspace: Workspace) -> ToolCall:
        """Turn the next wish that can be carried out into a call."""
        while self._wishes:
            call = call_for(self._wishes.pop(0), workspace)
            if call is not None:
                return call
        return ToolCall(SUBMIT)


def call_for(wish: Wish, workspace: Workspace) -> ToolCall | None:
    """The call that a wish means on this workspace; None when it makes no valid one."""
    tool = _tool_for(wish.action, list(workspace.tools.values()))
    option = find_option(wish, tool)
    if option is None:
        return None
    region = 0 if tool.target == "image" else find_region(wish, workspace.regions)
    if wish.action == "background":
        region = background_slot(workspace.regions) or 0
    call = ToolCall(tool.name, region, option)
    return call if workspace.why_invalid(call) is None else None


def _tool_for(action: str, tools: list[Tool]) -> Tool:
    rivals = [tool for tool in tools if tool.action == action]
    return next((tool for tool in rivals if tool.name in PREFERRED), rivals[0])
