"""A diffusion tool from one string, as in ``tools=["diffusers:PATH?steps=4,20"]``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from editenv.models.diffusion.tool import DiffusionTool

_CALL = "call."


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in _words(text))


def _floats(text: str) -> tuple[float, ...]:
    return tuple(float(word) for word in _words(text))


def _size(text: str) -> int | str:
    return int(text) if text.isdigit() else text


READERS: dict[str, Callable[[str], Any]] = {
    "name": str,
    "action": str,
    "steps": _integers,
    "guidance": _floats,
    "goals": _words,
    "template": str,
    "negative": str,
    "strength": float,
    "device": str,
    "dtype": str,
    "offload": str,
    "lora": _words,
    "lora_scale": float,
    "size": _size,
    "multiple": int,
    "outside": str,
    "batch_size": int,
}
"""How each option behind the ``?`` is read."""


def make_diffusion_tool(where: str) -> DiffusionTool:
    """Make a tool from a folder or hub name and options.

    Args:
        where: ``"PATH"`` or ``"PATH?option=value&..."``, in the form of a URL's query: ``%26`` is
            an ampersand and ``+`` a space. Options are those of ``DiffusionTool`` in ``READERS``;
            several values have commas between. ``call.NAME=VALUE`` is an argument of the pipeline's
            call; its value is read as JSON where it is JSON.

    Raises:
        ValueError: an option that is unknown or not as ``DiffusionTool`` wants it.
        gymnasium.error.DependencyNotInstalled: diffusers is missing.
    """
    path, _, query = where.partition("?")
    arguments: dict[str, Any] = {}
    call: dict[str, Any] = {}
    for key, text in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        if key.startswith(_CALL):
            call[key.removeprefix(_CALL)] = _json(text)
        elif key not in READERS:
            raise ValueError(
                f"option {key!r} of {where!r} is unknown: choose from {[*READERS, _CALL + '...']}"
            )
        else:
            arguments[key] = _read(key, text)
    return DiffusionTool(path, call=call, **arguments)


def _read(key: str, text: str) -> Any:
    try:
        return READERS[key](text)
    except ValueError as error:
        raise ValueError(f"{key}={text!r} cannot be read: {error}") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
