"""Caches that are bounded by what they take, not by how many things they hold."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import WeakKeyDictionary

from cachetools import LRUCache, cached


class Sized(Protocol):
    """Anything that knows how many bytes its pixels take, as arrays do."""

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        ...


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result", bound=Sized)
Key = TypeVar("Key")
Value = TypeVar("Value")


class WeakCache(WeakKeyDictionary[Key, Value]):
    """What is known of things as long as they are in use. A pickled one arrives empty."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Weak references do not travel."""
        return type(self), ()


class ByteCache(LRUCache[Key, Result]):
    """The latest results, up to a number of bytes. A pickled one arrives empty.

    Args:
        most_bytes: what all results may take together.
    """

    def __init__(self, most_bytes: float) -> None:
        super().__init__(most_bytes, getsizeof=_bytes_of)

    def __reduce__(self) -> tuple[Any, ...]:
        """Whoever unpickles it makes the results anew."""
        return type(self), (self.maxsize,)


def _bytes_of(result: Sized) -> int:
    return result.nbytes


_caches: list[tuple[str, LRUCache[Any, Any]]] = []
"""By the function's module."""


def remembered(
    most_bytes: int,
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Let a function remember its latest results, up to a number of bytes.

    The results are shared by all callers, so the function must return read-only arrays.

    Args:
        most_bytes: what all remembered results may take together; a larger single result is
            returned and not kept.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        cache: ByteCache[Any, Any] = ByteCache(most_bytes)
        _caches.append((function.__module__, cache))
        return cached(cache, lock=Lock())(function)

    return decorate


def forget(package: str) -> None:
    """Empty what ``remembered`` functions keep; for measurements, not while one is running.

    Args:
        package: whose functions, such as ``"editenv.imaging"``.
    """
    for module, cache in _caches:
        if f"{module}.".startswith(f"{package}."):
            cache.clear()
