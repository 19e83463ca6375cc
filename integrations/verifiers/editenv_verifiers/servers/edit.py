"""The actions as tools of one server for all rollouts; what each has done is in its state."""

from __future__ import annotations

import base64
import inspect
import io
from collections.abc import Callable
from typing import Annotated, Any

import verifiers.v1 as vf
from mcp.server.mcpserver import MCPServer
from mcp.types import ImageContent, TextContent
from PIL import Image
from pydantic import Field

from editenv.text import EditSession, Signature, signatures_of
from editenv_verifiers.episodes import HAND_IN, Call, EditState, Source, make, replay, sessions_of


class EditToolsetConfig(vf.SharedToolsetConfig):
    """Where the server runs, and which tasks it serves."""

    source: Source = Source()


class EditToolset(vf.Toolset[EditToolsetConfig, EditState]):
    """A tool for each action, and ``hand_in``."""

    TOOL_PREFIX = None

    def register(self, mcp: MCPServer) -> None:
        """Add the tools of the tasks' id."""
        tools = sessions_of(self.config.source).env.rules.tools
        for signature in signatures_of(tools):
            self._add(mcp, _function(signature, self._call), signature.description)
        self._add(mcp, self.hand_in, inspect.getdoc(self.hand_in))

    def _add(self, mcp: MCPServer, function: Callable[..., Any], description: str | None) -> None:
        mcp.add_tool(self._with_state(function), name=function.__name__, description=description)

    async def hand_in(self):
        """Hand the picture in, when nothing is left to do."""
        return self._call((HAND_IN, "", ""))

    def _call(self, call: Call) -> list[ImageContent | TextContent]:
        state = self.state
        session = replay(self.config.source, state.index, state.calls)
        text = make(session, call)
        state.calls = [*state.calls, call]
        state.over = not session.is_open
        return _content(session, text)


def _function(
    signature: Signature, call: Callable[[Call], list[ImageContent | TextContent]]
) -> Callable[..., Any]:
    async def function(**given: str):
        subject = signature.fixed_subject or given["subject"]
        return call((signature.action, subject, given.get("goal", "")))

    kind, told = inspect.Parameter.KEYWORD_ONLY, signature.parameters
    parameters = [
        inspect.Parameter(
            name, kind, annotation=Annotated[annotation, Field(description=told[name])]
        )
        for name, annotation in signature.annotations.items()
    ]
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    function.__name__ = signature.name
    return function


def _content(session: EditSession, text: str) -> list[ImageContent | TextContent]:
    file = io.BytesIO()
    Image.fromarray(session.image).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    picture = ImageContent(type="image", data=data, mime_type="image/png")
    return [picture, TextContent(type="text", text=text)]


if __name__ == "__main__":
    EditToolset.run()
