"""A budget in money and calls that concurrent calls cannot overspend."""

from __future__ import annotations

import math
import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

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
        if self._open:
            self._open = False
            if money is not None:
                self._budget._add(_units("money", money) - self._units, 0)

    def release(self) -> None:
        """Give money and call back: no server ever saw the request."""
        if self._open:
            self._open = False
            self._budget._add(-self._units, -1)


class Budget:
    """Bounds on what tools, agents and judges spend together.

    Each request takes its price off *before* it is sent and settles afterwards, so that any number
    of calls at once stays within the bounds. Give the same object to all that share it. Threads
    may share it; processes share it where it has a path.

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
        if calls is not None and (
            isinstance(calls, bool) or not isinstance(calls, int) or calls < 0
        ):
            raise ValueError(f"calls={calls!r} must be None or an integer of at least 0")
        self.money, self.calls = money, calls
        self.path = None if path is None else Path(path).absolute()
        self._most = None if money is None else _units("money", money)
        self._spent = (0, 0)
        self._lock = Lock()
        if self.path is not None:
            if not self.path.parent.is_dir():
                raise ValueError(f"path={str(path)!r} must lie in a folder that exists")
            self._add(0, 0)

    @property
    def spent(self) -> Spent:
        """What is spent or reserved."""
        with self._lock:
            units, calls = self._spent if self.path is None else self._change_file(0, 0, False)[1]
        return Spent(units / _UNIT, calls)

    def reserve(self, money: float = 0.0) -> Reservation | None:
        """Take a request and its price off the budget.

        Args:
            money: the most that the request can cost.

        Returns:
            What to settle afterwards, or None where not enough is left.
        """
        units = _units("money", money)
        return Reservation(self, units) if self._change(units, 1, bounded=True) else None

    def _add(self, units: int, calls: int) -> None:
        self._change(units, calls, bounded=False)

    def _change(self, units: int, calls: int, bounded: bool) -> bool:
        with self._lock:
            if self.path is not None:
                return self._change_file(units, calls, bounded)[0]
            after = (self._spent[0] + units, self._spent[1] + calls)
            if bounded and not self._allows(*after):
                return False
            self._spent = after
            return True

    def _allows(self, units: int, calls: int) -> bool:
        return (self._most is None or units <= self._most) and (
            self.calls is None or calls <= self.calls
        )

    def _change_file(self, units: int, calls: int, bounded: bool) -> tuple[bool, tuple[int, int]]:
        import sqlite3

        # A connection an operation: nothing is left open for a fork or a crash to trip over.
        with closing(sqlite3.connect(str(self.path), timeout=60, isolation_level=None)) as ledger:
            ledger.execute("BEGIN IMMEDIATE")
            ledger.execute("CREATE TABLE IF NOT EXISTS spent (units INTEGER, calls INTEGER)")
            row = ledger.execute("SELECT units, calls FROM spent").fetchone()
            if row is None:
                ledger.execute("INSERT INTO spent VALUES (0, 0)")
            before = row or (0, 0)
            after = (before[0] + units, before[1] + calls)
            allowed = not bounded or self._allows(*after)
            if allowed:
                ledger.execute("UPDATE spent SET units = ?, calls = ?", after)
            ledger.execute("COMMIT")
        return allowed, after if allowed else before

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


def _units(name: str, money: float) -> int:
    if isinstance(money, bool) or not isinstance(money, int | float) or not 0 <= money < math.inf:
        raise ValueError(f"{name}={money!r} must be a finite number of at least 0")
    # Rounded up, for the sum must not pass the bound; the inner rounding takes off 0.1's tail.
    return math.ceil(round(money * _UNIT, 3))
