"""The actions of an episode as MCP tools, whose answers are a picture and a text."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastmcp import FastMCP
from fastmcp.utilities.types import Image
from pydantic import Field

from editenv.text import Signature

Edit = Callable[[str, str, str], list[Any]]
"""From action, subject and goal to the content of the answer."""


def make_server(
    signatures: Sequence[Signature], edit: Edit, others: Sequence[Callable[[], list[Any]]]
) -> FastMCP:
    """Build an MCP server for one episode.

    Args:
        signatures: of the actions.
        edit: makes one.
        others: further tools, without arguments, described by their docstrings.
    """
    server = FastMCP("editenv")
    for function in (*(_tool(signature, edit) for signature in signatures), *others):
        server.tool(function, output_schema=None)
    return server


def _tool(signature: Signature, edit: Edit) -> Callable[..., list[Any]]:
    def tool(**given: str) -> list[Any]:
        subject = signature.fixed_subject or given["subject"]
        return edit(signature.action, subject, given.get("goal", ""))

    kind, told = inspect.Parameter.KEYWORD_ONLY, signature.parameters
    parameters = [
        inspect.Parameter(
            name, kind, annotation=Annotated[annotation, Field(description=told[name])]
        )
        for name, annotation in signature.annotations.items()
    ]
    tool.__signature__ = inspect.Signature(parameters, return_annotation=list)  # type: ignore[attr-defined]
    tool.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": list}
    tool.__name__ = signature.name
    tool.__doc__ = signature.description
    return tool


def content(png: bytes, text: str) -> list[Any]:
    """The content of a tool's answer."""
    return [Image(data=png, format="png"), text]
