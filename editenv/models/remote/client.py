"""Calls to one server: many at once, bounded, tried again, paid for, named when they fail."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future
from threading import Lock
from typing import Any, TypeVar
from weakref import finalize

from editenv.failure import Failure
from editenv.models.remote.address import Address
from editenv.models.remote.budget import Budget, default_budget
from editenv.models.remote.key import Key, checked_key, default_key
from editenv.models.remote.limits import Limits
from editenv.models.remote.session import PACKAGES, Question, Session, load_package

T = TypeVar("T")


class RemoteClient:
    """Asks one server, from any thread. Connections stay open between calls until ``close``.

    They and their thread start with the first call, and again with the first one after ``close``
    or a fork. A deep copy is the client itself; a pickled one arrives without connections.

    Args:
        address: of the server.
        key: where the API key is, or None.
        limits: bounds of the calls; None takes those of ``Limits()``.
        budget: what may be spent, shared with others; None is no bound.

    Raises:
        ValueError: a key that is no ``Key``, or limits or a budget that are none.
        gymnasium.error.DependencyNotInstalled: httpx, anyio or tenacity is missing.
    """

    def __init__(
        self,
        address: Address,
        key: Key | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
    ) -> None:
        for package in PACKAGES:
            load_package(package)
        if limits is not None and not isinstance(limits, Limits):
            raise ValueError(f"limits={limits!r} must be a Limits or None")
        if budget is not None and not isinstance(budget, Budget):
            raise ValueError(f"budget={budget!r} must be a Budget or None")
        self.address, self.key, self.budget = address, checked_key(key), budget
        self.limits = limits or Limits()
        self._lock = Lock()
        self._session: Session | None = None
        self._dropped: finalize[..., RemoteClient] | None = None

    def ask(self, questions: Sequence[Question[T]], component: str) -> list[T | Failure]:
        """Make calls, as many at once as the limits allow, and wait for all.

        Args:
            questions: N calls.
            component: who asks, such as ``"tool:NAME"``.

        Returns:
            N results, or a ``Failure`` in the place of each that there is none of.

        Raises:
            ValueError: the key is not where it was any more.
        """
        futures: list[Future[T | Failure]] = []
        try:
            # Under the lock, so that a session which is closed meanwhile has got all of them.
            with self._lock:
                for question in questions:
                    futures.append(self._opened().submit(question, component))
            return [_result(future, component) for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise

    def close(self) -> None:
        """End what is under way, close all connections and end the thread.

        A call that is under way in another thread ends as a ``Failure``.
        """
        with self._lock:
            session, self._session = self._session, None
            if self._dropped is not None:
                self._dropped.detach()
        if session is not None:
            session.close()

    def _opened(self) -> Session:
        if self._session is None or self._session.process != os.getpid():
            self._session = Session(self.address, self.key, self.limits, self.budget)
            # Also when the client is dropped, and when the process ends; there nobody may wait.
            self._dropped = finalize(self, self._session.end)
        return self._session

    def __deepcopy__(self, memo: dict[int, Any]) -> RemoteClient:
        """Return the same client: a copy of what uses it asks over the same connections."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments."""
        return type(self), (self.address, self.key, self.limits, self.budget)

    def __repr__(self) -> str:
        return f"RemoteClient({self.address.name!r}, key={self.key!r}, budget={self.budget!r})"


def arguments_of_process(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return key, limits and budget of a component that is built from a name.

    Key and budget are those of the process, the limits are among the name's options.

    Raises:
        ValueError: a wrong option or environment variable.
    """
    return {"key": default_key(), "limits": Limits.of(options), "budget": default_budget()}


def _result(future: Future[T | Failure], component: str) -> T | Failure:
    try:
        return future.result()
    except CancelledError:
        return Failure("error", component, 1, "closed while the call was under way")
