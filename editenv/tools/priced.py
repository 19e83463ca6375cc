"""A tool with a price tag."""

from __future__ import annotations

from editenv.tools.base import Tool
from editenv.tools.cost import Cost
from editenv.tools.wrapper import ToolWrapper


class Priced(ToolWrapper):
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
        super().__init__(tool)
        self._cost = cost
        self.apply = tool.apply

    def cost(self, option: int) -> Cost:
        """What an edit costs."""
        return self._cost
