"""Actions: from the numbers an agent gives to tool calls, and which numbers are valid now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction

from editenv.encoders import TextEncoder
from editenv.protocols import is_array
from editenv.tools.base import Tool
from editenv.types import ToolCall
from editenv.workspace import SUBMIT, UNDO, Workspace

ACTION_FORMATS = ("multi_discrete", "discrete")


class ActionCodec:
    """Translates actions to tool calls and computes masks.

    The calls are the tools in the order given, then ``undo``, then ``submit``.

    Args:
        tools: the tools of the environment.
        slots: number of region slots.
        action_format: ``"multi_discrete"`` for (call, region, option), ``"discrete"`` for the
            flat list of all triples that can ever be valid.

    Attributes:
        names: of the calls, by the action's first number.
        nvec: sizes of the factored action: calls, regions, options.
        calls: all calls that can ever be valid, by the number of the flat format.

    Raises:
        ValueError: an unknown format.
    """

    def __init__(self, tools: Sequence[Tool], slots: int, action_format: str) -> None:
        if action_format not in ACTION_FORMATS:
            raise ValueError(
                f"action_format={action_format!r} is unknown: choose from {ACTION_FORMATS}"
            )
        self.tools = tuple(tools)
        self.slots = slots
        self.action_format = action_format
        self._factored = action_format == "multi_discrete"
        self.names = (*(tool.name for tool in tools), UNDO, SUBMIT)
        self.options = max(len(tool.options) for tool in tools)
        self.nvec = (len(self.names), slots, self.options)
        self.calls = tuple(self._all_calls())
        self._space = self.space()
        self._undo = self.calls.index(ToolCall(UNDO))
        self._call_regions = np.array([call.region for call in self.calls])
        self._need_region = [n for n, tool in enumerate(tools) if tool.target == "region"]
        self._call_indices = {call: index for index, call in enumerate(self.calls)}

    def _all_calls(self) -> list[ToolCall]:
        calls = [
            ToolCall(tool.name, region, option)
            for tool in self.tools
            for region in _slots_of(tool, self.slots)
            for option in range(len(tool.options))
        ]
        return [*calls, ToolCall(UNDO), ToolCall(SUBMIT)]

    def space(self) -> spaces.Space[Any]:
        """Build the action space."""
        if self._factored:
            return spaces.MultiDiscrete(list(self.nvec))
        return spaces.Discrete(len(self.calls))

    def contains(self, action: Any) -> bool:
        """Whether the action is in the space; quicker than asking the space itself."""
        if is_array(action) and action.shape == (3,) and action.dtype.kind in "iu":
            numbers = zip(action.tolist(), self.nvec, strict=True)
            return self._factored and all(0 <= number < size for number, size in numbers)
        return self._space.contains(action)

    def decode(self, action: Any) -> ToolCall:
        """Turn an action of the space into a tool call.

        ``undo`` and ``submit`` take no region and no option: these numbers are ignored. A tool
        with fewer options than there are numbers counts them around, so that no option of a
        factored action is ever invalid: otherwise chance would hardly ever call a tool with one
        option, and a learner would never find out what it is for.
        """
        if not self._factored:
            return self.calls[int(action)]
        call, region, option = (int(number) for number in action)
        name = self.names[call]
        if name in (UNDO, SUBMIT):
            return ToolCall(name)
        return ToolCall(name, region, option % len(self.tools[call].options))

    def encode(self, call: ToolCall) -> Any:
        """Turn a tool call into an action of the space.

        Raises:
            ValueError: a call that this environment does not offer.
        """
        if not self._factored:
            if call not in self._call_indices:
                raise ValueError(f"call={call!r} is not among the {len(self.calls)} calls")
            return np.int64(self._call_indices[call])
        if call.tool not in self.names:
            raise ValueError(f"call.tool={call.tool!r} is unknown: choose from {self.names}")
        return np.array([self.names.index(call.tool), call.region, call.option], dtype=np.int64)

    def mask(self, workspace: Workspace) -> np.ndarray:
        """Which numbers are valid now, a new int8 array.

        Exact for ``"discrete"``, shape (n,). For ``"multi_discrete"``, shape (sum(nvec),): a
        number is allowed when some valid call uses it, so a combination can still be invalid.
        """
        mask = np.empty(self.mask_size, np.int8)
        self.write_mask(mask, workspace)
        return mask

    @property
    def mask_size(self) -> int:
        """Length of a mask."""
        return sum(self.nvec) if self._factored else len(self.calls)

    def write_mask(self, row: np.ndarray, workspace: Workspace) -> None:
        """Write the mask into ``row``, (``mask_size``,) int8 or bool."""
        present = [region is not None for region in workspace.regions]
        if not self._factored:
            np.take(present, self._call_regions, out=row.view(np.bool_))
            row[self._undo] = workspace.can_undo
            if workspace.limit is not None:
                self._mask_unaffordable(row, workspace)
            return
        calls = len(self.names)
        row[:] = 1
        if not any(present[1:]):
            row[self._need_region] = 0
        row[calls - 2] = workspace.can_undo
        row[calls : calls + self.slots] = present
        if workspace.limit is not None:
            for number, tool in enumerate(self.tools):
                options = range(len(tool.options))
                row[number] &= any(workspace.affords(tool, option) for option in options)

    def _mask_unaffordable(self, row: np.ndarray, workspace: Workspace) -> None:
        unaffordable = {
            (tool.name, option)
            for tool in self.tools
            for option in range(len(tool.options))
            if not workspace.affords(tool, option)
        }
        if unaffordable:
            over_budget = [(call.tool, call.option) in unaffordable for call in self.calls]
            row[np.flatnonzero(over_budget)] = 0


def embed_actions(codec: ActionCodec, encoder: TextEncoder) -> tuple[np.ndarray, np.ndarray]:
    """Embed the names of calls and options: (C, D) and (C, O, D) float32.

    The options of a tool that has fewer than O repeat, as ``ActionCodec.decode`` counts them;
    those of ``undo`` and ``submit`` are zeros.
    """
    calls = np.stack([encoder.pooled(name.replace("_", " ")) for name in codec.names])
    options = np.zeros((len(codec.names), codec.options, encoder.dimension), np.float32)
    for row, tool in zip(options, codec.tools, strict=False):
        embedded = np.stack([encoder.pooled(name) for name in tool.options])
        row[:] = embedded[np.arange(codec.options) % len(embedded)]
    return calls, options


def _slots_of(tool: Tool, slots: int) -> range:
    if tool.target == "image":
        return range(1)
    return range(1, slots) if tool.target == "region" else range(slots)


def checked_actions(space: gymnasium.Space[Any], actions: Any, ignored: np.ndarray) -> np.ndarray:
    """Return the actions as an array of the batched space.

    Args:
        space: of N actions.
        actions: N of them.
        ignored: (N,) bool, the sub-environments that reset or wait; their actions are ignored.

    Raises:
        InvalidAction: an action that is not in the space.
    """
    actions = np.asarray(actions)
    if ignored.any() and actions.shape == space.shape:
        actions = actions.copy()
        actions[ignored] = 0
    if not space.contains(actions):
        raise InvalidAction(f"actions={actions!r} are not in {space}")
    return actions
