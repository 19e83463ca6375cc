"""What a vision-language model is told: the task, the vocabulary and the format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from editenv.agents.roles import Intent
from editenv.answers.format import NO_GOAL, write_answer
from editenv.tools import Tool
from editenv.tools.run import is_prompted
from editenv.types import BACKGROUND, WHOLE_IMAGE

_TARGETS = {
    "image": f"the {WHOLE_IMAGE}",
    "region": "an object",
    "any": f"an object, the {BACKGROUND} or the {WHOLE_IMAGE}",
}

_TEXT = """\
You edit photos. The user shows a photo and says what to change. Take the request apart into \
single edits, each with an action, a subject and a goal, in the order in which they must be made.

Actions, what they work on, and their goals:
{actions}

{subject} To add something beside a thing, give that thing; an edit sees what the edits before it \
left.

Answer with three lists of the same length, separated by semicolons, and nothing else but, if you \
like, <think>...</think> before them:
{example}
If nothing is left to do, leave all three lists empty."""


_NAMED = """\
A subject is the name of one thing in the photo, "{background}" or "{whole}". Work out which thing \
is meant and name it: not "the thing left of the dog", but "kite". Where two things have one name, \
put left, right, top, bottom, small, large or a colour before it: "left kite"."""

_POINTED = """\
A subject is "{background}", "{whole}" or a point on one thing in the photo: two whole numbers \
from 0 to 100, percent of the way from the left edge and from the top. Work out which thing is \
meant and point at its middle: "34 70"."""


def system_prompt(tools: Sequence[Tool], *, pointing: bool = False) -> str:
    """Explain the format, and every action with its goals.

    Args:
        tools: what can be done; of rivals for an action the first one speaks.
        pointing: things have to be pointed at and cannot be named.
    """
    by_action: dict[str, Tool] = {}
    for tool in tools:
        by_action.setdefault(tool.action, tool)
    return _TEXT.format(
        actions="\n".join(map(_action_line, by_action.values())),
        subject=(_POINTED if pointing else _NAMED).format(background=BACKGROUND, whole=WHOLE_IMAGE),
        example=_example(list(by_action.values()), ("34 70", "81 55") if pointing else _THINGS),
    )


def _action_line(tool: Tool) -> str:
    goals = ", ".join(tool.options) if len(tool.options) > 1 else NO_GOAL
    if is_prompted(tool):
        goals = "any, in words"
    target = f"the {BACKGROUND}" if tool.action == BACKGROUND else _TARGETS[tool.target]
    return f"- {tool.action} ({target}): {goals}"


_THINGS = ("kite", "left dog")


def _example(tools: Sequence[Tool], things: tuple[str, str]) -> str:
    """An answer with one or two of the actions at hand."""
    edits: list[Intent] = []
    for tool, thing in zip((tools[0], tools[-1]), things, strict=True):
        subject = WHOLE_IMAGE if tool.target == "image" else thing
        subject = BACKGROUND if tool.action == BACKGROUND else subject
        goal = tool.options[0] if len(tool.options) > 1 and not is_prompted(tool) else ""
        edits.append(Intent(tool.action, subject, goal))
    return write_answer(dict.fromkeys(edits))


def chat_prompt(
    instruction: str, tools: Sequence[Tool], *, pointing: bool = False
) -> list[dict[str, Any]]:
    """Return chat messages with one place for the picture, as chat templates of VLMs take them.

    Args:
        instruction: the user's words.
        tools: what can be done.
        pointing: see ``system_prompt``.
    """
    user = [{"type": "image"}, {"type": "text", "text": instruction}]
    return [
        {
            "role": "system",
            "content": [{"type": "text", "text": system_prompt(tools, pointing=pointing)}],
        },
        {"role": "user", "content": user},
    ]
