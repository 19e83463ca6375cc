"""The thread, event loop and connections behind a client, from its first call to its close."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from editenv.failure import Failure
from editenv.models.remote.address import Address
from editenv.models.remote.budget import Budget, Reservation
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.logs import protect_logs
from editenv.models.remote.loop import PIP, PURPOSE, LoopThread
from editenv.models.remote.question import Question
from editenv.models.remote.redaction import quote
from editenv.models.remote.reply import Problem, ProblemError
from editenv.models.remote.retry import with_retries
from editenv.models.remote.transport import Transport
from editenv.optional import import_optional

T = TypeVar("T")


class Session:
    """Makes calls until it is closed.

    Args:
        address: of the server.
        key: where the API key is, or None.
        limits: bounds of the calls.
        budget: what may be spent, or None.

    Attributes:
        process: the process that it lives in; a fork has its memory, but not its thread.
    """

    def __init__(
        self, address: Address, key: Key | None, limits: Limits, budget: Budget | None
    ) -> None:
        self._anyio = import_optional("anyio", PIP, PURPOSE)
        protect_logs()
        self.process = os.getpid()
        self._limits, self._budget = limits, budget
        self._loop = LoopThread("editenv-remote")
        try:
            self._transport = self._loop.call(Transport, address.url, address.query, key, limits)
            self._places = self._loop.call(self._anyio.CapacityLimiter, limits.concurrency)
        except BaseException:
            self._loop.end()
            raise
        self._loop.at_end(self._transport.close)

    def submit(self, question: Question[T], component: str) -> Future[T | Failure]:
        """Start a call; it waits for its place. A cancelled future ends it."""
        return self._loop.start(self._call, question, component)

    def end(self) -> None:
        """End what is under way, the connections and the thread, without waiting for any of it.

        What a finalizer calls. Does nothing in a fork, which has no such thread.
        """
        if self.process == os.getpid():
            self._loop.end()

    def close(self) -> None:
        """Do what ``end`` does and wait until it is done."""
        if self.process == os.getpid():
            self._loop.end()
            self._loop.join()

    async def _call(self, question: Question[T], component: str) -> T | Failure:
        attempts = 0

        async def attempt() -> T | Problem:
            nonlocal attempts
            reservation = None
            if question.counted and self._budget is not None:
                reservation = self._budget.reserve(question.money)
                if reservation is None:
                    return Problem("budget", "what is left of the budget is not enough")
            attempts += 1
            return await self._paid(reservation, question, content, end - time.monotonic())

        # Whoever waits before another attempt keeps his place: a busy server gets fewer calls.
        async with self._places:
            content = dict(await self._in_thread(question.build))
            end = time.monotonic() + self._limits.total
            outcome = await with_retries(attempt, self._limits)
        if isinstance(outcome, Problem):
            return Failure(outcome.kind, component, attempts, quote(outcome.detail))
        return outcome

    async def _paid(
        self,
        reservation: Reservation | None,
        question: Question[T],
        content: dict[str, Any],
        left: float,
    ) -> T | Problem:
        """Make an attempt and settle what it cost; all that was reserved where that is unknown."""
        if reservation is None:
            return await self._attempt(question, content, left)
        try:
            outcome = await self._attempt(question, content, left)
            if not isinstance(outcome, Problem):
                reservation.settle(question.price(outcome) if question.price else None)
            elif not outcome.sent:
                reservation.release()
            elif not outcome.billed:
                reservation.settle(0.0)
            return outcome
        finally:
            reservation.settle()

    async def _attempt(
        self, question: Question[T], content: dict[str, Any], left: float
    ) -> T | Problem:
        seconds = max(0.0, min(self._limits.attempt, left))
        request = self._transport.request(question, content)
        if isinstance(request, Problem):
            return request
        try:
            with self._anyio.fail_after(seconds):
                reply = await self._transport.send(request)
                if isinstance(reply, Problem):
                    return reply
                return await self._in_thread(question.read, reply)
        except TimeoutError:
            return Problem("timeout", f"no whole answer within {seconds:.3g} s")
        except ProblemError as error:
            return error.problem
        # Whatever parsers and decoders raise: a reply may end an episode, but never a run.
        except Exception as error:
            return Problem("bad_response", f"an unreadable reply: {type(error).__name__}")

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        return await self._anyio.to_thread.run_sync(function, *args)
