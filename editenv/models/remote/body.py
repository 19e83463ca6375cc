"""The body of a reply, bounded while it arrives and while it is unpacked."""

from __future__ import annotations

import zlib
from typing import Any

from editenv.models.remote.reply import ProblemError

_PACKED = ("gzip", "x-gzip", "deflate")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


async def read_body(response: Any, most: int, cut: bool) -> bytes:
    """Read a body.

    Args:
        response: of httpx, not read yet.
        most: bytes, as they come and unpacked.
        cut: whether what is beyond is left out; else it is a problem, and so is a broken body.

    Raises:
        ProblemError: more than ``most``, or packed otherwise than as one gzip or zlib stream.
    """
    unpack = _Unpacker(response.headers.get("content-encoding", ""))
    body, came = bytearray(), 0
    try:
        async for chunk in response.aiter_raw():
            came += len(chunk)
            body += unpack.add(chunk, most + 1 - len(body))
            if max(came, len(body)) > most:
                raise ProblemError("bad_response", f"the body has more than {most} bytes")
        unpack.finish()
    except ProblemError:
        if not cut:
            raise
    return bytes(body[:most])


class _Unpacker:
    """Unpacks a body piece by piece; servers pack although they are asked not to."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding.strip().lower()
        packed = self._encoding in _PACKED
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB) if packed else None

    def add(self, chunk: bytes, most: int) -> bytes:
        """Return at most so many bytes of what a chunk holds."""
        if self._stream is None:
            if self._encoding not in ("", "identity"):
                raise ProblemError(
                    "bad_response",
                    f"content encoding {self._encoding!r} is none of {_PACKED}",
                    final=True,
                )
            return chunk
        try:
            return self._stream.decompress(chunk, most)
        except zlib.error:
            raise ProblemError("bad_response", f"the body is no {self._encoding}") from None

    def finish(self) -> None:
        """Refuse a body that ends too soon."""
        if self._stream is not None and not self._stream.eof:
            raise ProblemError("bad_response", f"the body is no whole {self._encoding}")
