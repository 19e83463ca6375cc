"""What a model is told of an action when it may call it as a function."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from editenv.tools import Tool
from editenv.tools.run import is_prompted
from editenv.types import BACKGROUND, WHOLE_IMAGE

HAND_IN = "hand_in"
"""The function that ends an episode; no action may have its name."""

_RESERVED = frozenset({HAND_IN, "reset", "get_reward"})

_WORKS_ON = {
    "image": f"the {WHOLE_IMAGE}",
    "region": "one thing in the picture",
    "any": f"one thing in the picture, the {BACKGROUND} or the {WHOLE_IMAGE}",
}

SUBJECT_DOC = f'Name of a thing in the picture, "{BACKGROUND}" or "{WHOLE_IMAGE}".'
GOAL_DOC = "What is wanted."
PROMPT_DOC = "What is wanted, in a few words."


@dataclass(frozen=True)
class Signature:
    """An action as a function.

    Attributes:
        name: of the function, a Python identifier: the action, with ``_`` for what cannot stand in
            an identifier.
        action: as the tools call it.
        fixed_subject: the subject of an action that works on one only; ``""`` where the caller
            names it by the parameter ``subject``.
        goals: what the parameter ``goal`` may be; empty for any words.
        takes_goal: whether there is a parameter ``goal``: not where there is one outcome only.
        works_on: in words.
    """

    name: str
    action: str
    fixed_subject: str
    goals: tuple[str, ...]
    takes_goal: bool
    works_on: str

    @property
    def description(self) -> str:
        """One sentence about the function."""
        action = self.action.replace("_", " ")
        return f"Edit the picture: {action}. Works on {self.works_on}."

    @property
    def annotations(self) -> dict[str, Any]:
        """The types of the parameters, in their order."""
        types: dict[str, Any] = {} if self.fixed_subject else {"subject": str}
        if self.takes_goal:
            types["goal"] = Literal[self.goals] if self.goals else str
        return types

    @property
    def parameters(self) -> dict[str, str]:
        """What is told of each parameter, in their order."""
        told = {} if self.fixed_subject else {"subject": SUBJECT_DOC}
        if self.takes_goal:
            told["goal"] = GOAL_DOC if self.goals else PROMPT_DOC
        return told

    @property
    def docstring(self) -> str:
        """The function's docstring, Google style."""
        lines = [self.description, ""]
        if self.parameters:
            told = [f"    {name}: {text}" for name, text in self.parameters.items()]
            lines += ["Args:", *told, ""]
        return "\n".join([*lines, "Returns:", "    The picture after the edit, and what was done."])

    def schema(self) -> dict[str, Any]:
        """The parameters as JSON schema, as OpenAI's functions and MCP's tools have it."""
        properties: dict[str, Any] = {
            name: {"type": "string", "description": text} for name, text in self.parameters.items()
        }
        if self.goals:
            properties["goal"]["enum"] = list(self.goals)
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }


def signatures_of(tools: Sequence[Tool]) -> tuple[Signature, ...]:
    """Return a signature for each action; of rivals for an action the first tool speaks.

    Args:
        tools: of an environment.

    Raises:
        ValueError: an action whose name as a function is taken or reserved.
    """
    found: dict[str, Signature] = {}
    for tool in tools:
        signature = _signature(tool)
        known = found.setdefault(signature.name, signature)
        if known.action != tool.action or signature.name in _RESERVED:
            raise ValueError(
                f"tools has the action {tool.action!r}, whose function {signature.name!r} "
                f"is taken: call it otherwise, and not one of {sorted(_RESERVED)}"
            )
    return tuple(found.values())


def _signature(tool: Tool) -> Signature:
    prompted = is_prompted(tool)
    works_on, fixed = _WORKS_ON[tool.target], WHOLE_IMAGE if tool.target == "image" else ""
    if tool.action == BACKGROUND:
        works_on, fixed = f"the {BACKGROUND}", BACKGROUND
    return Signature(
        name=_identifier(tool.action),
        action=tool.action,
        fixed_subject=fixed,
        goals=() if prompted or len(tool.options) < 2 else tool.options,
        takes_goal=prompted or len(tool.options) > 1,
        works_on=works_on,
    )


def _identifier(action: str) -> str:
    name = re.sub(r"\W", "_", action).strip("_") or "edit"
    return f"do_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name
