"""Names of components behind a server: ``URL#MODEL?OPTIONS``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

_SECRET = re.compile(r"key|token|secret|passw|pwd|sig|auth|cred", re.IGNORECASE)
# Options of ours whose names only sound like a credential.
_HARMLESS = frozenset({"token_field", "image_tokens"})

FIELD = "field."
"""Beginning of the options that are fields of a request."""


@dataclass(frozen=True)
class Address:
    """A server and what to ask of it.

    Attributes:
        url: without query, fragment and slash at the end; holds no credentials.
        model: of the server; ``""`` where none is named.
        options: by name, all as text.
        query: what is sent along in the URL of every request, such as an API version.
    """

    url: str
    model: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """URL and model, as people name it."""
        return f"{self.url}#{self.model}" if self.model else self.url

    def fields(self) -> dict[str, str]:
        """Return what ``field.NAME=VALUE`` adds to each request."""
        return {n.removeprefix(FIELD): v for n, v in self.options.items() if n.startswith(FIELD)}


def parse_address(where: str, argument: str, accepted: Iterable[str] = ()) -> Address:
    """Take ``URL``, ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...`` apart.

    Args:
        where: the text. What the URL has as a query before the ``#`` is sent with every request.
        argument: what it is called in an error.
        accepted: names of options; one that ends in a dot accepts all names that begin with it.

    Raises:
        ValueError: no URL of http or https, an unknown option, or credentials inside. Such a text
            would end in a spec or a log, so the error does not show it either.
    """
    url, _, rest = where.partition("#")
    model, _, options = rest.partition("?")
    parts = _split(url, argument)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    given = parse_qsl(options, keep_blank_values=True)
    if any(_SECRET.search(name) for name, _ in [*query, *given] if name not in _HARMLESS):
        raise ValueError(_credentials(argument))
    known = sorted(accepted)
    unknown = sorted({name for name, _ in given if not _is_known(name, known)})
    if unknown:
        raise ValueError(f"{argument}={where!r} has unknown options {unknown}: choose from {known}")
    base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return Address(base, model, dict(given), query)


def _is_known(name: str, known: list[str]) -> bool:
    return any(name == one or (one.endswith(".") and name.startswith(one)) for one in known)


def _split(url: str, argument: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if "@" in parts.netloc:
        raise ValueError(_credentials(argument))
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(
            f"{argument} (not shown: it may hold a key) is no URL: give http://... or https://..."
        )
    return parts


def _credentials(argument: str) -> str:
    return (
        f"{argument} (not shown) holds a user, a password or a field that sounds like a key: give "
        "the key by the environment variable EDITENV_API_KEY or key=Key.from_file(PATH)"
    )


def without_options(where: str) -> str:
    """Return ``URL#MODEL`` of ``URL#MODEL?OPTIONS``."""
    url, _, rest = where.partition("#")
    return f"{url}#{rest.partition('?')[0]}"


def json_value(text: str) -> Any:
    """Return what an option's value means as JSON (a number, true, null), else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
