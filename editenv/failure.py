"""What happens when a component cannot do its work: a failure, which is never a score.

A tool, an agent or a judge that asks a server or runs a model can fail. It tries again as often as
makes sense; then it says so with a ``Failure``. The episode is truncated, ``info["failure"]`` names
kind, component and attempts, and no reward is made up for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

KINDS: tuple[str, ...] = (
    "timeout",  # no answer within the time limit
    "connection",  # refused, reset or broken off
    "rate_limit",  # HTTP 429 to the last attempt, or a full queue
    "server_error",  # HTTP 5xx to the last attempt
    "rejected",  # HTTP 4xx: the request itself is not accepted, or the key
    "bad_response",  # an answer that is not what the protocol promises
    "refusal",  # the model declines
    "budget",  # nothing may be spent any more
    "error",  # anything else that the component raised
)
"""Kinds of failure."""

DOWN_AFTER = 20
"""Failures of a component, without a success between, from which it counts as down."""


@dataclass(frozen=True)
class Failure:
    """Why something could not be done.

    Attributes:
        kind: one of ``KINDS``.
        component: who failed: ``"tool:NAME"``, ``"agent:NAME"``, ``"judge:NAME"``,
            ``"grounder:NAME"``.
        attempts: how often it was tried, 0 when it was not even tried (a spent budget).
        detail: the reason in words, for logs; it holds no key and no payload.
    """

    kind: str
    component: str
    attempts: int = 1
    detail: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind={self.kind!r} is unknown: choose from {KINDS}")

    def info(self) -> dict[str, Any]:
        """Return what ``info["failure"]`` says: kind, component, attempts."""
        return {"kind": self.kind, "component": self.component, "attempts": self.attempts}

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.component} failed ({self.kind}, {self.attempts} attempts){detail}"


class FailureError(Exception):
    """A failure on its way from an agent, a grounder or a judge to the environment.

    Attributes:
        failure: what failed and why.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the failure, so that it survives the way out of a worker process."""
        return type(self), (self.failure,)


class ComponentDown(RuntimeError):
    """A component failed so often in a row that going on would only burn time and money.

    The training loops of this project save a checkpoint and stop; ``--resume`` goes on.

    Attributes:
        failure: the last failure.
    """

    def __init__(self, failure: Failure, count: int) -> None:
        super().__init__(f"{failure.component} is down: {count} failures in a row; last: {failure}")
        self.failure, self.count = failure, count

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the parts, so that the error survives the way out of a worker process."""
        return type(self), (self.failure, self.count)


class FailureLog:
    """Counts failures by component and kind, and breaks the circuit of one that is down.

    Args:
        down_after: failures in a row, at least 1, from which a component counts as down.
    """

    def __init__(self, down_after: int = DOWN_AFTER) -> None:
        if isinstance(down_after, bool) or not isinstance(down_after, int) or down_after < 1:
            raise ValueError(f"down_after={down_after!r} must be an integer of at least 1")
        self.down_after = down_after
        self._counts: Counter[tuple[str, str]] = Counter()
        self._in_a_row: Counter[str] = Counter()

    def succeeded(self, component: str) -> None:
        """Take note that a component works."""
        self._in_a_row.pop(component, None)

    def failed(self, failure: Failure) -> None:
        """Take note of a failure. A spent budget is counted, but breaks nothing.

        Raises:
            ComponentDown: it was one too many in a row. The count then starts anew, so that a run
                that is resumed tries again.
        """
        self._counts[failure.component, failure.kind] += 1
        if failure.kind == "budget":
            return
        self._in_a_row[failure.component] += 1
        count = self._in_a_row[failure.component]
        if count >= self.down_after:
            self._in_a_row.pop(failure.component)
            raise ComponentDown(failure, count)

    @property
    def troubled(self) -> bool:
        """Whether some component's last try was a failure."""
        return bool(self._in_a_row)

    @property
    def total(self) -> int:
        """How many failures there were."""
        return sum(self._counts.values())

    def summary(self) -> dict[str, dict[str, int]]:
        """Return how many failures there were, by component and kind."""
        counts: dict[str, dict[str, int]] = {}
        for (component, kind), count in sorted(self._counts.items()):
            counts.setdefault(component, {})[kind] = count
        return counts
