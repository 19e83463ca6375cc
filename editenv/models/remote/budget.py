"""A budget in money and calls that concurrent calls cannot overspend."""

from __future__ import annotations

import math
import os
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from editenv.options import checked_number

_ENV = ("EDITENV_BUDGET_MONEY", "EDITENV_BUDGET_CALLS", "EDITENV_BUDGET_FILE")

_UNIT = 10**9
"""Money is counted in whole billionths, so that ten times 0.1 is 1."""


@dataclass(frozen=True)
class Spent:
    """What a budget has given out, reservations of calls under way included.

    Attributes:
        money: in the budget's currency.
        calls: requests that were sent.
    """

    money: float
    calls: int


class Reservation:
    """What one request may spend, taken off the budget before it is sent."""

    def __init__(self, budget: Budget, units: int) -> None:
        self._budget, self._units = budget, units
        self._open = True

    def settle(self, money: float | None = None) -> None:
        """Book what the request really cost; a second call changes nothing.

        Args:
            money: None books what was reserved.
        """
        self._close(0 if money is None else _units(money) - self._units, 0)

    def release(self) -> None:
        """Give money and call back: no server ever saw the request."""
        self._close(-self._units, -1)

    def _close(self, units: int, calls: int) -> None:
        if self._open:
            self._open = False
            self._budget._change(units, calls, bounded=False)


class Budget:
    """Bounds on what tools, agents and judges spend together.

    Each request takes its price off *before* it is sent and settles afterwards, so that any number
    of calls at once stays within the bounds. Give the same object to all that share it: copies are
    the object itself. Threads may share it; processes share it, pickled, where it has a path.

    Args:
        money: at most this much, in the currency of the components' prices; None is no bound.
        calls: at most this many requests, each attempt of a call counted; None is no bound.
        path: of a file (SQLite) that keeps the ledger, so that a run which crashes and resumes
            knows what was spent; what was under way then counts as spent. It must lie on a local
            disk. None keeps it in memory.

    Raises:
        ValueError: a bound below 0 or no number, or a path whose folder is missing.
    """

    def __init__(
        self,
        money: float | None = None,
        calls: int | None = None,
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        if calls is not None:
            checked_number("calls", calls, int)
        self.money, self.calls = money, calls
        self.path = None if path is None else Path(path).absolute()
        self._most = None if money is None else _units(money)
        self._spent = (0, 0)
        self._lock = Lock()
        if self.path is not None and not self.path.parent.is_dir():
            raise ValueError(f"path={str(path)!r} must lie in a folder that exists")
        self._change(0, 0, bounded=False)

    @property
    def spent(self) -> Spent:
        """What is spent or reserved."""
        self._change(0, 0, bounded=False)
        units, calls = self._spent
        return Spent(units / _UNIT, calls)

    def reserve(self, money: float = 0.0) -> Reservation | None:
        """Take a request and its price off the budget.

        Args:
            money: the most that the request can cost.

        Returns:
            What to settle afterwards, or None where not enough is left.
        """
        units = _units(money)
        return Reservation(self, units) if self._change(units, 1, bounded=True) else None

    def _change(self, units: int, calls: int, bounded: bool) -> bool:
        """Add to what is spent, but nothing beyond the bounds; return whether it was added."""
        with self._lock:
            if self.path is None:
                return self._add(units, calls, bounded)
            import sqlite3

            # A connection an operation: nothing is left open for a fork or a crash to trip over.
            with closing(sqlite3.connect(self.path, timeout=60, isolation_level=None)) as ledger:
                ledger.execute("BEGIN IMMEDIATE")
                ledger.execute("CREATE TABLE IF NOT EXISTS spent (units INTEGER, calls INTEGER)")
                row = ledger.execute("SELECT units, calls FROM spent").fetchone()
                if row is None:
                    ledger.execute("INSERT INTO spent VALUES (0, 0)")
                self._spent = row or (0, 0)
                allowed = self._add(units, calls, bounded)
                ledger.execute("UPDATE spent SET units = ?, calls = ?", self._spent)
                ledger.execute("COMMIT")
            return allowed

    def _add(self, units: int, calls: int, bounded: bool) -> bool:
        after = (self._spent[0] + units, self._spent[1] + calls)
        most = (self._most, self.calls)
        if bounded and any(m is not None and a > m for a, m in zip(after, most, strict=True)):
            return False
        self._spent = after
        return True

    def __deepcopy__(self, memo: dict[int, Any]) -> Budget:
        """Return the same budget: a copy would let the money be spent twice."""
        return self

    def __copy__(self) -> Budget:
        """Return the same budget."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle a budget with a path; one in memory cannot be shared by processes.

        Raises:
            ValueError: it has no path.
        """
        if self.path is None:
            raise ValueError(
                "budget has no path: a budget that several processes share needs path=FILE"
            )
        return type(self), (self.money, self.calls, self.path)

    def __repr__(self) -> str:
        path = None if self.path is None else str(self.path)
        return f"Budget(money={self.money!r}, calls={self.calls!r}, path={path!r})"


def default_budget() -> Budget | None:
    """Return the one budget that all components built from names share.

    Returns:
        None where neither ``EDITENV_BUDGET_MONEY`` nor ``EDITENV_BUDGET_CALLS`` is set. With
        ``EDITENV_BUDGET_FILE`` all processes share it, and it outlives them.

    Raises:
        ValueError: a variable holds no number of at least 0.
    """
    money, calls, path = (os.environ.get(name) for name in _ENV)
    return _budget(money, calls, path) if money or calls else None


@cache
def _budget(money: str | None, calls: str | None, path: str | None) -> Budget:
    try:
        return Budget(float(money) if money else None, int(calls) if calls else None, path or None)
    except ValueError as error:
        given = ", ".join(f"{n}={v!r}" for n, v in zip(_ENV, (money, calls, path), strict=True))
        raise ValueError(f"the budget of {given} is not accepted: {error}") from None


def _units(money: float) -> int:
    checked_number("money", money)
    # Rounded up, for the sum must not pass the bound; the inner rounding takes off 0.1's tail.
    return math.ceil(round(money * _UNIT, 3))
