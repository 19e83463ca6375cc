"""A page an environment, from its docstring and its registration."""

from __future__ import annotations

import inspect
import re
from typing import Any

from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.text import ImageEditTextEnv
from editenv.registration import CONFIGURATIONS, TEXT_CONFIGURATIONS

ASKS = {
    "ImageEdit-v0": "One to three edits, said directly and by attribute.",
    "ImageEdit-Direct-v0": "One edit, said plainly: where to begin.",
    "ImageEdit-MultiStep-v0": "Two to five edits, where the order changes the result.",
    "ImageEdit-Indirect-v0": "Relations, comparisons, purposes: the meaning has to be worked out.",
    "ImageEdit-Retouch-v0": "Complaints about a whole photo that did not come out well.",
    "ImageEdit-Restore-v0": "A photo with noise, JPEG blocks, blur or too little light.",
    "ImageEdit-Complex-v0": "All of it mixed, with distracting sentences and things to leave.",
    "ImageEditText-v0": "Any of these for a vision-language model: it answers in words.",
}


def pages() -> dict[str, str]:
    """Return the text of every page by its place on the site.

    Raises:
        KeyError: an id that ``ASKS`` does not describe.
    """
    ids: dict[str, tuple[int, dict[str, Any]]] = {**CONFIGURATIONS, **TEXT_CONFIGURATIONS}
    found = {f"environments/{name}.md": _page(name, *ids[name]) for name in ids}
    found["environments/index.md"] = _overview(ids)
    return found


def _overview(ids: dict[str, tuple[int, dict[str, Any]]]) -> str:
    lines = ["# Environments", "", "| id | what it asks | calls |", "|---|---|---|"]
    lines += [f"| [`{name}`]({name}.md) | {ASKS[name]} | {ids[name][0]} |" for name in ids]
    lines += ["", "[How to use them](../environment.md): acting by name, masks, your own tasks."]
    return "\n".join(lines) + "\n"


def _page(name: str, limit: int, arguments: dict[str, Any]) -> str:
    text = name in TEXT_CONFIGURATIONS
    cls = ImageEditTextEnv if text else ImageEditEnv
    made = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    head = [f"# {name}", "", ASKS[name], ""]
    head += [f"![a solved episode, call by call](../images/solved/{name}.gif)", ""]
    head += [
        f'| Make it | `gymnasium.make("editenv:{name}")` |',
        "|---|---|",
        f"| Class | `{cls.__module__}.{cls.__name__}` |",
        f"| Arguments of the id | `{made}` |",
        f"| Step limit | {limit} {'answers' if text else 'calls'} |",
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
