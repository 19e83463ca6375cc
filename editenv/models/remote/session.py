"""One server's thread, event loop and connections, from a client's first call to its close."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from threading import Thread, current_thread
from typing import Any, Generic, TypeVar

from editenv.failure import Failure
from editenv.models.remote.address import Address
from editenv.models.remote.budget import Budget
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.redaction import protect_logs, quote
from editenv.models.remote.reply import (
    RETRIED,
    Problem,
    ProblemError,
    Reply,
    read_body,
    status_problem,
)
from editenv.optional import import_optional

T = TypeVar("T")

PACKAGES = ("httpx", "anyio", "tenacity")
"""What the extra ``remote`` installs: httpx runs on anyio."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

# Only how long is waited depends on it; the global generator is the user's own.
_JITTER = Random()


@dataclass(frozen=True, eq=False)
class Question(Generic[T]):
    """One call to a server, before it is made.

    Attributes:
        path: below the server's URL, such as ``"/images/edits"``, or a whole URL.
        read: turns a reply into the result; raises ``ProblemError`` where it is none.
        build: returns the body as httpx takes it, such as ``{"json": {...}}``. It is called once,
            when the call has its place, so that a long batch is not held in memory twice.
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
    price: Callable[[T], float | None] = lambda result: None
    counted: bool = True


class Session:
    """Makes calls until it is told to end.

    One thread with an event loop makes all of them, for only there a call can be ended at its
    deadline whatever the server does.

    Attributes:
        process: the process that it lives in; a fork has its memory, but not its thread.
    """

    def __init__(
        self, address: Address, key: Key | None, limits: Limits, budget: Budget | None
    ) -> None:
        httpx, _, self._tenacity = (load_package(name) for name in PACKAGES)
        protect_logs()
        self.process = os.getpid()
        self._httpx, self._server = httpx, httpx.URL(address.url)
        self._address, self._key, self._limits, self._budget = address, key, limits, budget
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(limits.silence, connect=limits.connect, pool=None),
            limits=httpx.Limits(
                max_connections=limits.concurrency, max_keepalive_connections=limits.concurrency
            ),
            # A server of one's own is never behind the proxy that the environment names.
            trust_env=self._server.host not in _LOOPBACK,
            # Nothing to unpack; ``read_body`` bounds what is packed all the same.
            headers={"Accept-Encoding": "identity"},
        )
        self._places, self._told = asyncio.Semaphore(limits.concurrency), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="editenv-remote", daemon=True)
        try:
            self._thread.start()
        except BaseException:  # An interrupt, perhaps: nobody else knows of the thread.
            self.end()
            raise

    def submit(self, question: Question[T], component: str) -> Future[T | Failure]:
        """Start a call; it waits for its place. A cancelled future ends it, as ``end`` does."""
        return asyncio.run_coroutine_threadsafe(self._call(question, component), self._loop)

    def end(self) -> None:
        """Tell the loop to cancel all calls and end; returns at once.

        It takes no lock, starts no thread and waits for nothing, for the garbage collector may call
        it anywhere: inside another loop, or while a lock of the import system is held. Does nothing
        in a fork, which has no such thread.
        """
        if self.process == os.getpid():
            with suppress(RuntimeError):  # It has ended.
                self._loop.call_soon_threadsafe(self._told.set)

    def close(self) -> None:
        """Do what ``end`` does and wait until it is done."""
        self.end()
        if self.process == os.getpid() and current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        async with self._client:
            await self._told.wait()
            calls = asyncio.all_tasks() - {asyncio.current_task()}
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _call(self, question: Question[T], component: str) -> T | Failure:
        limits, tenacity = self._limits, self._tenacity

        async def attempt() -> T | Problem:
            end = min(begin + limits.total, self._loop.time() + limits.attempt)
            return await self._paid(question, content, end)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_result(_makes_sense_again),
            stop=tenacity.stop_after_attempt(limits.attempts)
            | tenacity.stop_before_delay(limits.total),
            wait=lambda state: wait_before(state.outcome.result(), state.attempt_number, limits),
            retry_error_callback=lambda state: state.outcome.result(),
        )
        # Whoever waits before another attempt keeps his place: a busy server gets fewer calls.
        async with self._places:
            content = await asyncio.to_thread(question.build)
            begin = self._loop.time()
            outcome = await retrying(attempt)
        if not isinstance(outcome, Problem):
            return outcome
        made = retrying.statistics["attempt_number"] - (outcome.kind == "budget")
        return Failure(outcome.kind, component, made, quote(outcome.detail))

    async def _paid(
        self, question: Question[T], content: Mapping[str, Any], end: float
    ) -> T | Problem:
        """Make an attempt and settle what it cost; all that was reserved where that is unknown."""
        if self._budget is None or not question.counted:
            return await self._attempt(question, content, end)
        reservation = self._budget.reserve(question.money)
        if reservation is None:
            return Problem("budget", "what is left of the budget is not enough")
        try:
            outcome = await self._attempt(question, content, end)
            if not isinstance(outcome, Problem):
                reservation.settle(question.price(outcome))
            elif not outcome.sent:
                reservation.release()
            elif not outcome.billed:
                reservation.settle(0.0)
            return outcome
        finally:
            reservation.settle()

    async def _attempt(
        self, question: Question[T], content: Mapping[str, Any], end: float
    ) -> T | Problem:
        """Send a request and read its reply whole.

        No error of httpx leaves this: it holds its request, and that its header with the key.

        Raises:
            ValueError: the key is not where it was any more.
        """
        request = self._request(question, content)
        if isinstance(request, Problem):
            return request
        seconds = max(0.0, end - self._loop.time())
        try:
            async with asyncio.timeout(seconds):
                reply = await self._exchange(request)
                if isinstance(reply, Problem):
                    return reply
                return await asyncio.to_thread(question.read, reply)
        except TimeoutError:
            return Problem("timeout", f"no whole answer within {seconds:.3g} s")
        except ProblemError as error:
            return error.problem
        except (self._httpx.HTTPError, self._httpx.InvalidURL) as error:
            return self._problem(error)
        # Whatever parsers and decoders raise: a reply may end an episode, but never a run.
        except Exception as error:
            return Problem("bad_response", f"an unreadable reply: {type(error).__name__}")

    def _request(self, question: Question[Any], content: Mapping[str, Any]) -> Any | Problem:
        """Write a request of httpx, with the key where it goes to the server itself."""
        ours = not question.path.startswith(("http://", "https://"))
        url = self._address.url + question.path if ours else question.path
        query = self._address.query or None if ours else None
        try:
            request = self._client.build_request(question.method, url, params=query, **content)
        except UnicodeError:
            return Problem("error", "the request holds a text that is no Unicode", sent=False)
        except Exception as error:
            if ours:
                raise
            # The server named the place, so what is wrong with it is an answer of his.
            return Problem("bad_response", _words(error), sent=False)
        # Ports are compared too: ``netloc`` leaves out those that the scheme has anyway.
        origins = {(place.scheme, place.netloc) for place in (request.url, self._server)}
        if self._key is not None and len(origins) == 1:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return request

    async def _exchange(self, request: Any) -> Reply | Problem:
        response = await self._client.send(request, stream=True, auth=None)
        try:
            body = await read_body(response, self._limits.body)
        finally:
            await response.aclose()
        problem = status_problem(response.status_code, response.headers, body)
        if problem is not None:
            return problem
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(body, kind)

    def _problem(self, error: Exception) -> Problem:
        httpx = self._httpx
        if isinstance(error, httpx.LocalProtocolError):  # Its text may quote a header.
            return Problem("error", "the request cannot be sent over HTTP")
        kind = "connection" if isinstance(error, httpx.TransportError) else "bad_response"
        kind = "timeout" if isinstance(error, httpx.TimeoutException) else kind
        sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        return Problem(kind, _words(error), sent=sent)


def load_package(name: str) -> Any:
    """Import one of ``PACKAGES``.

    Raises:
        gymnasium.error.DependencyNotInstalled: it is missing.
    """
    return import_optional(name, "'editenv[remote]'", "a remote component")


def wait_before(problem: Problem, attempt: int, limits: Limits) -> float:
    """Return the seconds to wait after a failed attempt.

    Args:
        problem: with what the server asked for, which is a lower bound where it is given.
        attempt: that failed, from 1.
        limits: bounds of the call.
    """
    most = min(limits.longest_wait, limits.backoff * 2.0 ** min(attempt - 1, 60))
    asked = 0.0 if problem.wait is None else min(problem.wait, limits.longest_wait)
    return asked + _JITTER.uniform(0.0, most)


def _makes_sense_again(outcome: object) -> bool:
    return isinstance(outcome, Problem) and outcome.kind in RETRIED and not outcome.final


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
