"""One call to a server, before it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from editenv.models.remote.reply import Reply

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Question(Generic[T]):
    """What to send, and how to read what comes back.

    Attributes:
        path: below the server's URL, such as ``"/images/edits"``, or a whole URL.
        build: returns the body as httpx takes it, such as ``{"json": {...}}``. It is called once,
            when the call has its place, so that a long batch is not held in memory twice.
        read: turns a reply into the result; raises ``ProblemError`` where it is none.
        method: of HTTP.
        money: the most that one attempt can cost.
        price: what the result really cost, None where it does not say; then it is ``money``.
        counted: whether its requests count in the budget.
    """

    path: str
    read: Callable[[Reply], T]
    build: Callable[[], Mapping[str, Any]] = dict
    method: str = "POST"
    money: float = 0.0
    price: Callable[[T], float | None] | None = None
    counted: bool = True
