"""When a call is tried again: exponential backoff with full jitter, and what the server asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeVar

from editenv.models.remote.limits import Limits
from editenv.models.remote.reply import RETRIED, Problem
from editenv.optional import import_optional

T = TypeVar("T")

# Only how long is waited depends on it; the global generator is the user's own.
_JITTER = Random()


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


async def with_retries(
    attempt: Callable[[], Awaitable[T | Problem]], limits: Limits
) -> T | Problem:
    """Make attempts until one gives a result, or another would make no sense or break a bound.

    Returns:
        The result, or the last attempt's problem.
    """
    tenacity = import_optional("tenacity", "'editenv[remote]'", "a remote component")

    def failed(outcome: Any) -> bool:
        return isinstance(outcome, Problem) and outcome.kind in RETRIED and not outcome.final

    def wait(state: Any) -> float:
        return wait_before(state.outcome.result(), state.attempt_number, limits)

    retrying = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_result(failed),
        stop=tenacity.stop_after_attempt(limits.attempts)
        | tenacity.stop_before_delay(limits.total),
        wait=wait,
        retry_error_callback=lambda state: state.outcome.result(),
    )
    return await retrying(attempt)
