"""What a diffusion model is told: prompts composed from what is known in words about a call."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter

from editenv.tools.base import Wording

ACTIONS = ("edit", "remove", "replace")
"""What a diffusion tool can be for."""

FIELDS = ("words", "label", "goal", "instruction")
"""What a template may hold. ``words`` is the one edit to do now or, where nobody has taken the
instruction apart, the whole instruction; ``label`` is empty for the whole image."""

TEMPLATES: dict[tuple[str, str], tuple[str, ...]] = {
    ("instruction", "edit"): ("{words} Change only the {label}.", "{words}"),
    ("instruction", "remove"): ("Remove the {label} and fill in what is behind it.", "{words}"),
    ("instruction", "replace"): ("Replace the {label} with this: {goal}.", "{words}"),
    ("caption", "edit"): ("{words}",),
    ("caption", "remove"): ("empty background, nothing there",),
    ("caption", "replace"): ("{goal}", "{words}"),
}
"""Default templates by what the pipeline's prompts are and by action."""

NEGATIVES: dict[tuple[str, str], str] = {
    ("caption", "remove"): "object, person, animal, text",
}
"""Default negative prompts."""

_WHOLE = "whole image"


def compose(templates: Sequence[str], wording: Wording, goal: str) -> str:
    """Return the prompt: the first template none of whose fields is empty, or else the last one.

    Args:
        templates: texts with fields of ``FIELDS`` in braces, at least one.
        wording: what is known about the call.
        goal: what the option asks for, or ``""``.
    """
    known = {
        "words": wording.words or wording.instruction,
        "label": "" if wording.label == _WHOLE else wording.label,
        "goal": goal,
        "instruction": wording.instruction,
    }
    for template in templates:
        if all(known[name] for name in _fields(template)):
            return template.format_map(known)
    return templates[-1].format_map(known).strip()


def checked_templates(template: str | Sequence[str]) -> tuple[str, ...]:
    """Return the templates as a tuple.

    Raises:
        ValueError: there is none, one has an unknown field, or its braces do not match.
    """
    templates = (template,) if isinstance(template, str) else tuple(template)
    try:
        unknown = {name for text in templates for name in _fields(text)} - set(FIELDS)
    except ValueError as error:
        raise ValueError(f"template={template!r}: {error}") from error
    if not templates or unknown:
        raise ValueError(
            f"template={template!r} must be one or more texts with fields of {FIELDS}"
            + (f", not {sorted(unknown)}" if unknown else "")
        )
    return templates


def _fields(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]
