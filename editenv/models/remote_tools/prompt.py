"""What a remote editor is told: the words of the edit, and which region they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from editenv.tools.base import Wording
from editenv.types import WHOLE_IMAGE

Template = str | Callable[[Wording, str], str]
"""A text with fields, or a function of the wording and the option's name."""

FIELDS = ("words", "where", "label", "instruction", "option")
"""Fields of a template that is a text."""

TEMPLATE = "{words}{where}"
"""The default. ``{words}`` is the one edit to do now where somebody has taken the instruction
apart, else all that the user said; ``{where}`` names the region where there is one."""

_WHERE = " Change only the marked region ({label}) and leave everything else as it is."


def compose(template: Template, wording: Wording, option: str) -> str:
    """Fill in a template; see ``TEMPLATE``."""
    if not isinstance(template, str):
        return template(wording, option)
    words = (wording.words or wording.instruction).strip()
    if words and words[-1] not in ".!?":
        words += "."
    where = "" if wording.label in ("", WHOLE_IMAGE) else _WHERE.format(label=wording.label)
    return template.format(
        words=words,
        where=where,
        label=wording.label,
        instruction=wording.instruction,
        option=option,
    )


def checked_template(template: object) -> Template:
    """Return the argument where it is a template.

    Raises:
        ValueError: it is none, or has unknown fields.
    """
    if callable(template):
        return cast(Template, template)
    if isinstance(template, str):
        try:
            template.format(**dict.fromkeys(FIELDS, ""))
            return template
        except (KeyError, IndexError, ValueError):
            pass
    raise ValueError(
        f"template={template!r} is not accepted: give a text with fields among {FIELDS} "
        "or a function of wording and option"
    )
