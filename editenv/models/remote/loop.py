"""An event loop in a thread of its own, which can be told to end without waiting for it."""

from __future__ import annotations

from asyncio import Event, get_running_loop
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread, current_thread
from typing import Any, TypeVar

from editenv.optional import import_optional

T = TypeVar("T")

PIP = "'editenv[remote]'"
PURPOSE = "a remote component"


class LoopThread:
    """Runs calls of other threads in one event loop until it is told to end.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._anyio = import_optional("anyio", PIP, PURPOSE)
        self._portals = import_optional("anyio.from_thread", PIP, PURPOSE)
        self._last: Callable[[], Awaitable[None]] | None = None
        ready: Future[None] = Future()
        self._thread = Thread(target=self._run, args=(ready,), name=name, daemon=True)
        self._thread.start()
        try:
            ready.result()
        except BaseException:  # An interrupt, perhaps: nobody else knows of the thread.
            ready.add_done_callback(lambda _: self.end())
            raise

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function inside the loop and wait for what it returns."""
        return self._portal.call(function, *args)

    def start(self, function: Callable[..., Awaitable[T]], *args: Any) -> Future[T]:
        """Start a coroutine. A cancelled future ends it; the end of the loop cancels the future."""
        try:
            return self._portal.start_task_soon(function, *args)
        except RuntimeError:  # Another thread has ended the loop since.
            ended: Future[T] = Future()
            ended.cancel()
            return ended

    def at_end(self, last: Callable[[], Awaitable[None]]) -> None:
        """Name what is awaited when all calls have ended."""
        self._last = last

    def end(self) -> None:
        """Tell the loop to cancel all calls and end; returns at once.

        It takes no lock, starts no thread and waits for nothing, for the garbage collector may call
        it anywhere: inside another loop, or while a lock of the import system is held.
        """
        try:
            self._loop.call_soon_threadsafe(self._told.set)
        except (AttributeError, RuntimeError):  # It never began, or it has ended.
            return

    def join(self) -> None:
        """Wait until the thread has ended; never inside itself."""
        if current_thread() is not self._thread:
            self._thread.join()

    def _run(self, ready: Future[None]) -> None:
        try:
            self._anyio.run(self._live, ready, backend="asyncio")
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    async def _live(self, ready: Future[None]) -> None:
        self._loop, self._told = get_running_loop(), Event()
        async with self._portals.BlockingPortal() as self._portal:
            ready.set_result(None)
            await self._told.wait()
            await self._portal.stop(cancel_remaining=True)
        if self._last is not None:
            await self._last()
