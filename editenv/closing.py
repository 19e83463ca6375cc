"""Closing what an environment has built, and nothing that was given to it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from editenv.tools import Tool

Part = TypeVar("Part")


class Closers:
    """Remembers the parts that were built from names.

    An ``ExitStack`` would do, but cannot be pickled, as environments are.
    """

    def __init__(self) -> None:
        self._close: list[Callable[[], Any]] = []

    def part(self, given: Any, made: Part) -> Part:
        """Take note of a part and return it.

        Args:
            given: the argument; an object that is its own part belongs to the caller.
            made: what was made of it.
        """
        close = getattr(made, "close", None)
        if given is not made and close is not None:
            self._close.append(close)
        return made

    def tools(self, given: str | Sequence[str | Tool], made: Sequence[Tool]) -> tuple[Tool, ...]:
        """Take note of the tools that were built from names, and return all."""
        names = [tool.name for tool in made] if isinstance(given, str) else given
        for name, tool in zip(names, made, strict=True):
            if isinstance(name, str):
                self.part(name, tool)
        return tuple(made)

    @contextmanager
    def on_error(self) -> Generator[None]:
        """Close every part where what follows fails: nobody else could."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every part once."""
        while self._close:
            self._close.pop()()
