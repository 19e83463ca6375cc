"""Registries of builders: by name, what builds a part from the rest of an argument.

``tools=["diffusers:FOLDER"]`` finds ``diffusers`` in a registry and gives its builder ``"FOLDER"``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

EntryPoint = str | Callable[..., Any]
"""``"module:name"``, imported when it is first asked for, so that its packages stay optional; or
the function itself."""


def load(entry_point: EntryPoint) -> Any:
    """Return what an entry point names: a builder, or a constant of a module.

    Raises:
        ImportError: there is no such module.
        AttributeError: the module has no such name.
    """
    if callable(entry_point):
        return entry_point
    module, _, name = entry_point.partition(":")
    return getattr(import_module(module), name)


def register(registry: dict[str, EntryPoint], kind: str, entry_point: EntryPoint) -> None:
    """Add a builder to a registry.

    Args:
        registry: is changed.
        kind: what stands before the colon of an argument, such as ``"diffusers"``.
        entry_point: ``"module:function"``, or the function.

    Raises:
        ValueError: the kind is taken, empty, or has a colon or a question mark in it; or the entry
            point is neither.
    """
    if not isinstance(kind, str) or not kind or ":" in kind or "?" in kind:
        raise ValueError(f"kind={kind!r} must be a name without a colon or a question mark")
    if kind in registry:
        raise ValueError(f"kind={kind!r} is taken: {sorted(registry)} are")
    if not callable(entry_point) and not _is_path(entry_point):
        raise ValueError(f"entry_point={entry_point!r} must be 'module:function' or a function")
    registry[kind] = entry_point


def _is_path(entry_point: object) -> bool:
    parts = entry_point.split(":") if isinstance(entry_point, str) else ()
    return len(parts) == 2 and all(parts)
