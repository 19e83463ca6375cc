"""A tool around another tool."""

from __future__ import annotations

from typing import Any

from editenv.tools.base import Target, Tool


class ToolWrapper:
    """In all that a subclass does not change, the tool that it holds; a subclass has ``apply``.

    Args:
        tool: any tool.

    Attributes:
        tool: as given.
    """

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        # From Python 3.12 on, protocols don't find what only ``__getattr__`` knows.
        self.name, self.action = tool.name, tool.action
        self.target: Target = tool.target
        self.options = tool.options
        self.relabel, self.adds = tool.relabel, tool.adds

    def __getattr__(self, name: str) -> Any:
        """Everything else is the tool's."""
        # Copying and pickling ask before there is a tool.
        if name.startswith("__") or name == "tool":
            raise AttributeError(name)
        return getattr(self.tool, name)
