"""A tool with a price tag."""

from __future__ import annotations

from typing import Any

from editenv.tools.base import Target, Tool
from editenv.tools.cost import Cost


class Priced:
    """A tool whose edits cost what is said here; in everything else it is the tool that it holds.

    For prices that a tool does not know by itself: what a rented machine or a contract takes, or
    what was measured on the machine at hand.

    Args:
        tool: any tool.
        cost: of every edit.

    Attributes:
        tool: as given.

    >>> from editenv.tools import make_tool
    >>> Priced(make_tool("remove_diffusion"), Cost(seconds=2.0, money=0.04)).cost(0).money
    0.04
    """

    def __init__(self, tool: Tool, cost: Cost) -> None:
        self.tool = tool
        self._cost = cost
        self.name, self.action = tool.name, tool.action
        self.target: Target = tool.target
        self.options = tool.options
        # From Python 3.12 on, protocols don't find what only ``__getattr__`` knows.
        self.apply, self.relabel, self.adds = tool.apply, tool.relabel, tool.adds

    def cost(self, option: int) -> Cost:
        """What an edit costs."""
        return self._cost

    def __getattr__(self, name: str) -> Any:
        """Everything else is the tool's."""
        # Copying and pickling ask before there is a tool.
        if name.startswith("__") or name == "tool":
            raise AttributeError(name)
        return getattr(self.tool, name)
