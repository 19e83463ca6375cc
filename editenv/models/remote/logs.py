"""Keeps keys out of the HTTP library's logs, should a server send one back in a header."""

from __future__ import annotations

import logging

from editenv.models.remote.redaction import redact

# A filter of a logger does not see its children's records, so each is named.
_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


class RedactingFilter(logging.Filter):
    """Takes the keys that the process knows out of a record's text; lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record in place."""
        record.msg, record.args = redact(record.getMessage()), ()
        return True


_FILTER = RedactingFilter()


def protect_logs() -> None:
    """Filter the loggers of httpx and httpcore; a second call changes nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
