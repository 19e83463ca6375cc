"""What came back from a server, and what is wrong with it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

RETRIED = frozenset({"timeout", "connection", "rate_limit", "server_error", "bad_response"})
"""Kinds of failure after which another attempt makes sense."""

_REFUSALS = ("moderation", "content_policy", "content_filter", "safety", "policy_violation")

_ERROR_BODY = 2**16
_PLAIN, _PACKED = ("", "identity"), ("gzip", "x-gzip", "deflate")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


@dataclass(frozen=True)
class Problem:
    """Why one attempt gave nothing.

    Attributes:
        kind: one of ``editenv.failure.KINDS``.
        detail: the reason in words, the server's own among them, of any length.
        wait: seconds that the server asked to wait, or None.
        sent: whether the server may have seen the request.
        billed: whether the server may have done the work all the same.
        final: another attempt would give the same, whatever the kind.
    """

    kind: str
    detail: str
    wait: float | None = None
    sent: bool = True
    billed: bool = True
    final: bool = False


class ProblemError(Exception):
    """A ``problem`` on its way from whoever reads a reply."""

    def __init__(self, kind: str, detail: str, final: bool = False) -> None:
        super().__init__(detail)
        self.problem = Problem(kind, detail, final=final)


@dataclass(frozen=True)
class Reply:
    """A whole reply of a server with status 2xx.

    Attributes:
        body: its bytes.
        content_type: in small letters, without parameters; ``""`` where there was none.
    """

    body: bytes
    content_type: str

    def json(self) -> dict[str, Any]:
        """Return the JSON object that it holds.

        Raises:
            ProblemError: it is of another type, or broken.
        """
        if self.content_type != "application/json" and not self.content_type.endswith("+json"):
            raise ProblemError(
                "bad_response", f"content type {self.content_type!r} is not application/json"
            )
        try:
            value = json.loads(self.body)
            # JSON can write half of a surrogate pair, which nothing can send.
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise ProblemError("bad_response", "the body is not valid JSON in Unicode") from None
        if not isinstance(value, dict):
            raise ProblemError("bad_response", f"the body is JSON, but a {type(value).__name__}")
        return value


async def read_body(response: Any, most: int) -> bytes:
    """Read a body, bounded as it comes and as it is unpacked; httpx would unpack each piece whole.

    Args:
        response: of httpx, not read yet; servers pack although they are asked not to.
        most: bytes.

    Returns:
        The body; nothing of an error's body that cannot be read or has more than 64 KiB.

    Raises:
        ProblemError: more than ``most``, or packed otherwise than as one gzip or zlib stream.
    """
    packing = response.headers.get("content-encoding", "").strip().lower()
    most = most if response.is_success else min(most, _ERROR_BODY)
    came = bytearray()
    async for chunk in response.aiter_raw():
        came += chunk
        if len(came) > most:
            break
    try:
        return _unpacked(bytes(came), packing, most)
    except ProblemError:
        if response.is_success:
            raise
        return b""


def _unpacked(came: bytes, packing: str, most: int) -> bytes:
    if packing not in (*_PLAIN, *_PACKED):
        detail = f"content encoding {packing!r} is none of {_PACKED}"
        raise ProblemError("bad_response", detail, final=True)
    body, whole = came, True
    if packing in _PACKED:
        stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            body = stream.decompress(came, most + 1)
        except zlib.error:
            raise ProblemError("bad_response", f"the body is no {packing}") from None
        whole = stream.eof
    if max(len(came), len(body)) > most:
        raise ProblemError("bad_response", f"the body has more than {most} bytes")
    if not whole:
        raise ProblemError("bad_response", f"the body is no whole {packing}")
    return body


def status_problem(status: int, headers: Mapping[str, str], body: bytes) -> Problem | None:
    """Say what a status means: None for 2xx.

    Args:
        status: of HTTP.
        headers: of the reply, names in any case.
        body: its beginning.
    """
    if 200 <= status < 300:
        return None
    code, message = _error_of(body)
    detail = f"HTTP {status}" + (f": {message}" if message else "")
    if status < 400:
        kind, detail = "bad_response", f"HTTP {status}: redirects are not followed"
    elif status >= 500:
        kind = "server_error"
    elif status in (408, 429):
        kind = "rate_limit" if status == 429 else "timeout"
    else:
        kind = "refusal" if any(word in code for word in _REFUSALS) else "rejected"
    # A gateway's 5xx can hide work that is billed behind it; a 4xx says that none was done.
    return Problem(kind, detail, retry_after(headers), billed=status >= 500)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read ``Retry-After``: seconds or an HTTP date (RFC 9110, section 10.2.3).

    Args:
        headers: of the reply.
        now: the time that a date is compared with; the clock's where this is None.

    Returns:
        Seconds, at least 0; None where the header is missing or no such thing.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text)
            aware = date if date.tzinfo else date.replace(tzinfo=UTC)
            seconds = (aware - (now or datetime.now(UTC))).total_seconds()
        # Years and offsets that no calendar has raise OverflowError and others.
        except Exception:
            return None
    return max(0.0, seconds) if isfinite(seconds) else None


def _error_of(body: bytes) -> tuple[str, str]:
    """Return code and type, and message, of an error body as OpenAI's API writes it."""
    try:
        error = json.loads(body)["error"]
        if isinstance(error, str):
            return "", error
        message = error.get("message")
        code = f"{error.get('code')} {error.get('type')}".lower()
        return code, message if isinstance(message, str) else ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""
