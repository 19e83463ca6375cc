"""Takes keys out of texts that a server may have written, whole, in pieces or encoded."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable, Iterator

from editenv.models.remote.key import Key, known_keys

HIDDEN = "[key]"
"""What stands in a text in place of a key."""

_SHORTEST = 8
"""Letters of a key; shorter ones are placeholders such as EMPTY, whose pieces are plain words."""

_PIECE, _ENCODED_PIECE = 4, 8
"""Letters in a row that count as a piece of a key; of an encoding, where chance finds more."""

_PUBLIC = ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-ant-api03-", "sk-or-v1-", "sk-", "hf_")
"""How the keys of many people begin: "proj" alone gives no key away, but is in "project"."""

_READ, _QUOTED = 10_000, 240
"""Letters of a server's text that are looked at, and that are quoted."""

# A filter of a logger does not see its children's records, so each is named.
_LOGGERS = (
    "httpx",
    *(f"httpcore.{n}" for n in ("connection", "http11", "http2", "proxy", "socks")),
)


def redact(text: str, keys: Iterable[Key] | None = None) -> str:
    """Return a text without the keys; one that holds pieces of a key is hidden as a whole.

    Args:
        text: of an error or a log.
        keys: those to look for; all that the process knows where this is None.
    """
    for key in known_keys() if keys is None else keys:
        try:
            secret = key.reveal()
        except ValueError:  # It is gone, so nothing can be sent with it either.
            continue
        text = text.replace(secret, HIDDEN)
        if len(secret) >= _SHORTEST and _holds_pieces(text, secret):
            return f"{HIDDEN} (not shown: it holds pieces of a key)"
    return text


def quote(text: str) -> str:
    """Return what may be shown of a server's words: one short line without keys, in Unicode."""
    # Cut after the keys are gone, for half a key would no longer be found.
    line = redact(" ".join(text[:_READ].split()))[:_QUOTED]
    return line.encode("utf-8", "replace").decode()


def protect_logs() -> None:
    """Keep keys out of the logs of httpx and httpcore; a second call changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_redact_record)


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage()), ()
    return True


def _holds_pieces(text: str, secret: str) -> bool:
    found = _letters(text.replace(HIDDEN, " "))
    public = next((start for start in _PUBLIC if secret.startswith(start)), "")
    plain = _letters(secret.removeprefix(public))
    forms = [(plain, _PIECE), (plain[::-1], _PIECE)]
    forms += [(form, _ENCODED_PIECE) for form in _encoded(secret)]
    return any(
        form[start : start + length] in found
        for form, length in forms
        for start in range(len(form) - length + 1)
    )


def _letters(text: str) -> str:
    """Only letters and digits count, in either case: what stands between pieces is anything."""
    return "".join(filter(str.isalnum, text)).casefold()


def _encoded(secret: str) -> Iterator[str]:
    """Yield the key in hexadecimal, and in base64 as it stands behind 0, 1 or 2 other bytes."""
    yield secret.encode().hex()
    for before, mixed in ((0, 0), (1, 2), (2, 3)):
        # The last letters depend on what follows the key.
        code = base64.b64encode(bytes(before) + secret.encode()).decode()
        yield _letters(code[mixed:-4])
