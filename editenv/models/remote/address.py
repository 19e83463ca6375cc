"""Names of components behind a server: ``URL#MODEL?OPTIONS``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from editenv.options import Readers, read_query

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
        options: by name.
        query: what is sent along in the URL of every request, such as an API version.
    """

    url: str
    model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """URL and model, as people name it."""
        return f"{self.url}#{self.model}" if self.model else self.url


def parse_address(where: str | Address, argument: str, accepted: Readers | None = None) -> Address:
    """Take ``URL``, ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...`` apart.

    Args:
        where: the text, or what came of it. What the URL has as a query before the ``#`` is sent
            with every request.
        argument: what it is called in an error.
        accepted: the options; those of names like ``"field.NAME"`` are under ``FIELD``.

    Raises:
        ValueError: no URL of http or https, an unknown option, or credentials inside. Such a text
            would end in a spec or a log, so the error does not show it either.
    """
    if isinstance(where, Address):
        return where
    url, _, rest = where.partition("#")
    model, _, options = rest.partition("?")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    names = {name for name, _ in (*query, *parse_qsl(options, keep_blank_values=True))}
    if "@" in parts.netloc or any(map(_SECRET.search, names - _HARMLESS)):
        raise ValueError(
            f"{argument} (not shown) holds a user, a password or a field that sounds like a key: "
            "give the key by the environment variable EDITENV_API_KEY or key=Key.from_file(PATH)"
        )
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(
            f"{argument} (not shown: it may hold a key) is no URL: give http://... or https://..."
        )
    base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    return Address(base, model, read_query(options, accepted or {}, where), query)
