"""A diffusion tool from one string, as in ``tools=["diffusers:PATH?steps=4,20"]``."""

from __future__ import annotations

from editenv.models.diffusion.tool import DiffusionTool
from editenv.options import Readers, json_value, read_options

_CALL = "call."


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


def _integers(text: str) -> tuple[int, ...]:
    return tuple(map(int, _words(text)))


def _floats(text: str) -> tuple[float, ...]:
    return tuple(map(float, _words(text)))


def _size(text: str) -> int | str:
    return int(text) if text.isdigit() else text


_TEXTS = ("name", "action", "template", "negative", "device", "dtype", "offload", "outside")

READERS: Readers = {
    **dict.fromkeys(_TEXTS, str),
    "steps": _integers,
    "guidance": _floats,
    "goals": _words,
    "strength": float,
    "lora": _words,
    "lora_scale": float,
    "size": _size,
    "multiple": int,
    "batch_size": int,
    _CALL: json_value,
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
    path, options = read_options(where, READERS)
    return DiffusionTool(path, call=options.pop(_CALL, None), **options)
