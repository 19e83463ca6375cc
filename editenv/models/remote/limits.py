"""How long, how often and how much at once a server is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

_WHOLE = frozenset({"concurrency", "attempts", "body", "pixels"})


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
        for name, value in vars(self).items():
            kinds = int if name in _WHOLE else int | float
            if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:
                wanted = "an integer" if name in _WHOLE else "a number"
                raise ValueError(f"limits.{name}={value!r} must be {wanted} above 0")


LIMIT_NAMES = tuple(field.name for field in fields(Limits))
"""Names of the bounds, which are options of a component's name too."""


def limits_of(options: Mapping[str, str]) -> Limits:
    """Read bounds from the options of a component's name; others keep their defaults.

    Raises:
        ValueError: a bound is not a number above 0.
    """
    given: dict[str, int | float] = {}
    for name in LIMIT_NAMES:
        if name in options:
            try:
                given[name] = int(options[name]) if name in _WHOLE else float(options[name])
            except ValueError:
                wanted = "an integer" if name in _WHOLE else "a number"
                raise ValueError(f"{name}={options[name]!r} must be {wanted} above 0") from None
    return Limits(**given)  # type: ignore[arg-type]
