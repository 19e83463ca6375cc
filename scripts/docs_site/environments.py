"""A page an environment, from its docstring and its registration."""

from __future__ import annotations

import inspect
import re
from typing import Any

from editenv.envs.develop import ImageEditDevelopEnv
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.text import ImageEditTextEnv
from editenv.registration import CONFIGURATIONS, DEVELOP_CONFIGURATIONS, TEXT_CONFIGURATIONS

ASKS = {
    "ImageEdit-v0": "One to three edits, said directly and by attribute.",
    "ImageEdit-Direct-v0": "One edit, said plainly: where to begin.",
    "ImageEdit-MultiStep-v0": "Two to five edits, where the order changes the result.",
    "ImageEdit-Indirect-v0": "Relations, comparisons, purposes: the meaning has to be worked out.",
    "ImageEdit-Retouch-v0": "Complaints about a whole photo that did not come out well.",
    "ImageEdit-Restore-v0": "A photo with noise, JPEG blocks, blur or too little light.",
    "ImageEdit-Complex-v0": "All of it mixed, with distracting sentences and things to leave.",
    "ImageEditText-v0": "Any of these for a vision-language model: it answers in words.",
    "ImageEdit-Develop-v0": "Complaints, for the continuous sliders of a photo editor.",
}

KINDS = (
    (CONFIGURATIONS, ImageEditEnv, "calls"),
    (TEXT_CONFIGURATIONS, ImageEditTextEnv, "answers"),
    (DEVELOP_CONFIGURATIONS, ImageEditDevelopEnv, "steps"),
)
"""Which ids are of which class, and what their limit counts."""


def pages() -> dict[str, str]:
    """Return the text of every page by its place on the site.

    Raises:
        KeyError: an id that ``ASKS`` does not describe.
    """
    found, limits = {}, {}
    for ids, cls, unit in KINDS:
        for name, (limit, arguments) in ids.items():
            limits[name] = f"{limit} {unit}"
            found[f"environments/{name}.md"] = _page(name, limits[name], arguments, cls)
    found["environments/index.md"] = _overview(limits)
    return found


def _overview(limits: dict[str, str]) -> str:
    lines = ["# Environments", "", "| id | what it asks | limit |", "|---|---|---|"]
    lines += [f"| [`{name}`]({name}.md) | {ASKS[name]} | {limits[name]} |" for name in limits]
    lines += ["", "[How to use them](../environment.md): acting by name, masks, your own tasks."]
    return "\n".join(lines) + "\n"


def _page(name: str, limit: str, arguments: dict[str, Any], cls: type) -> str:
    made = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    head = [f"# {name}", "", ASKS[name], ""]
    head += [f"![a solved episode, call by call](../images/solved/{name}.gif)", ""]
    head += [
        f'| Make it | `gymnasium.make("editenv:{name}")` |',
        "|---|---|",
        f"| Class | `{cls.__module__}.{cls.__name__}` |",
        f"| Arguments of the id | `{made}` |",
        f"| Step limit | {limit} |",
        "",
    ]
    return "\n".join(head) + "\n" + _docstring(cls)


def _docstring(cls: type) -> str:
    """Return a class's docstring as Markdown: doctests as code, names in code as links."""
    whole = inspect.getdoc(cls) or ""
    _, _, text = whole.partition("\n\n")
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    text = re.sub(r"::$", ":", text, flags=re.MULTILINE)
    return _doctests_as_code(text) + "\n"


def _doctests_as_code(text: str) -> str:
    """Put doctests into code blocks."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith(">>>") and not inside:
            lines += ["```pycon"]
            inside = True
        elif inside and not line.strip():
            lines += ["```"]
            inside = False
        lines.append(line)
    return "\n".join([*lines, "```"] if inside else lines)
