"""How long, how often and how much at once a server is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from editenv.options import checked_number


@dataclass(frozen=True)
class Limits:
    """Bounds of the calls to one server. A call is one edit or answer with all its attempts.

    Attributes:
        concurrency: calls at once, and connections.
        attempts: of a call, at least 1.
        connect: seconds to connect.
        silence: seconds without a byte, while sending or receiving.
        attempt: seconds of one attempt from first to last byte, however the server drips.
        total: seconds of a call with all attempts and waits, from when it has its place.
        backoff: seconds; the wait before attempt n + 1 is drawn from 0 to ``backoff * 2**(n - 1)``
            ("full jitter": Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015).
        longest_wait: seconds; caps that bound and what the server asks for with Retry-After.
        body: bytes of a reply at most.
        pixels: of a picture in a reply at most.

    Raises:
        ValueError: a bound is not a number above 0.
    """

    concurrency: int = 8
    attempts: int = 5
    connect: float = 10.0
    silence: float = 120.0
    attempt: float = 180.0
    total: float = 600.0
    backoff: float = 1.0
    longest_wait: float = 60.0
    body: int = 64 * 2**20
    pixels: int = 2**24

    def __post_init__(self) -> None:
        for name, kind in READERS.items():
            checked_number(f"limits.{name}", getattr(self, name), kind, above=True)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Limits:
        """Take the bounds out of a component's options; others keep their defaults."""
        return cls(**{name: options[name] for name in READERS if name in options})


READERS: dict[str, type] = {field.name: type(field.default) for field in fields(Limits)}
"""By name of the bound, which is an option of a component's name too, what reads its text."""
