"""Options behind a name in a string, as in a URL: ``"FOLDER?device=cuda&threshold=0.2"``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import inf
from numbers import Integral, Real
from typing import Any
from urllib.parse import parse_qsl

Readers = Mapping[str, Callable[[str], Any]]
"""By an option's name, what turns its text into a value, or raises ``ValueError``. A name that ends
in a dot stands for all names that begin with it."""


def read_options(where: str, accepted: Readers) -> tuple[str, dict[str, Any]]:
    """Take the options off the end of a string.

    Args:
        where: a name, and behind its last ``?`` the options; values may be percent-encoded.
        accepted: the options.

    Returns:
        The name, and the values by option; those of names like ``"call.NAME"`` are a mapping from
        ``NAME``, under ``"call."``.

    Raises:
        ValueError: no name, an unknown option, one twice, or a value that cannot be read.

    >>> read_options("runs/owl?threshold=0.2", {"threshold": float})
    ('runs/owl', {'threshold': 0.2})
    """
    place, _, query = where.rpartition("?") if "?" in where else (where, "", "")
    if not place:
        raise ValueError(f"{where!r} names nothing before its options")
    return place, read_query(query, accepted, where)


def read_query(query: str, accepted: Readers, where: str) -> dict[str, Any]:
    """Read the options themselves; see ``read_options``.

    Args:
        query: as in a URL, ``"a=1&b=2"``.
        accepted: the options.
        where: what they belong to, for errors.

    Raises:
        ValueError: an unknown option, one twice, or a value that cannot be read.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError as error:
        raise ValueError(f"{where!r}: options must read as a=1&b=2 ({error})") from error
    values: dict[str, Any] = {}
    for name, text in pairs:
        head, dot, rest = name.partition(".")
        key, group = (head + dot, values.setdefault(head + dot, {})) if dot else (name, values)
        if key not in accepted:
            raise ValueError(f"{where!r} has unknown options: {name!r} is none of {[*accepted]}")
        if (rest or name) in group:
            raise ValueError(f"{where!r}: option {name!r} is given twice")
        try:
            group[rest or name] = accepted[key](text)
        except ValueError as error:
            raise ValueError(f"{where!r}: {name}={text!r} cannot be read: {error}") from error
    return values


def json_value(text: str) -> Any:
    """Return what an option's value means as JSON (a number, true, null), else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def checked_number(
    name: str,
    value: Any,
    kind: type = float,
    least: float = 0,
    most: float = inf,
    *,
    above: bool = False,
) -> Any:
    """Return a number that is within its bounds.

    Args:
        name: of the argument, for the error.
        value: what was given.
        kind: int takes integers only; a bool is no number.
        least: the smallest that is accepted.
        most: the largest that is accepted.
        above: whether it must be above ``least``.

    Raises:
        ValueError: it is no finite number within the bounds.
    """
    accepted: Any = Integral if kind is int else Real
    number = isinstance(value, accepted) and not isinstance(value, bool)
    if number and least <= value <= most and value < inf and not (above and value == least):
        return value
    bounds = f"{'above' if above else 'of at least'} {least}"
    bounds += f" and at most {most}" if most < inf else ""
    wanted = "an integer" if kind is int else "a finite number"
    raise ValueError(f"{name}={value!r} must be {wanted} {bounds}")
