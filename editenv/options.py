"""Options behind a name in a string, as in a URL: ``"FOLDER?device=cuda&threshold=0.2"``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl


def read_options(
    where: str, accepted: Mapping[str, Callable[[str], Any]]
) -> tuple[str, dict[str, Any]]:
    """Take the options off the end of a string.

    Args:
        where: a name, and behind its last ``?`` the options; values may be percent-encoded.
        accepted: by the option's name, what turns its text into a value, or raises ``ValueError``.

    Returns:
        The name, and the values by option.

    Raises:
        ValueError: no name, an unknown option, one twice, or a value that cannot be read.

    >>> read_options("runs/owl?threshold=0.2", {"threshold": float})
    ('runs/owl', {'threshold': 0.2})
    """
    place, _, query = where.rpartition("?") if "?" in where else (where, "", "")
    if not place:
        raise ValueError(f"{where!r} names nothing before its options")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError as error:
        raise ValueError(f"{where!r}: options must read as a=1&b=2 ({error})") from error
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name not in accepted or name in values:
            problem = "is given twice" if name in values else f"is none of {[*accepted]}"
            raise ValueError(f"{where!r}: option {name!r} {problem}")
        try:
            values[name] = accepted[name](text)
        except ValueError as error:
            raise ValueError(f"{where!r}: {name}={text!r} cannot be read: {error}") from error
    return place, values
