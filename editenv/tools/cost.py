"""What an edit costs: time, money and memory."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from editenv.tools.base import Tool


@dataclass(frozen=True)
class Cost:
    """The price of one edit, measured beforehand or declared; never the clock of this very edit.

    Attributes:
        seconds: time that it takes, at least 0.
        money: in the currency of the budget, at least 0.
        memory: MiB that it needs while it runs, at least 0.

    Raises:
        ValueError: a negative or infinite number.
    """

    seconds: float = 0.0
    money: float = 0.0
    memory: float = 0.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.seconds < math.inf and 0.0 <= self.money < math.inf):
            raise ValueError(f"{self} must have finite numbers of at least 0")
        if not 0.0 <= self.memory < math.inf:
            raise ValueError(f"memory={self.memory!r} must be a finite number of at least 0")

    def __add__(self, other: Cost) -> Cost:
        """Add time and money; memory is the larger one, for edits come one after the other."""
        return Cost(
            self.seconds + other.seconds,
            self.money + other.money,
            max(self.memory, other.memory),
        )

    def info(self) -> dict[str, float]:
        """Return what ``info["cost"]`` says."""
        return {"seconds": self.seconds, "money": self.money, "memory": self.memory}


FREE = Cost()
"""What undoing, submitting and a call that did nothing cost."""


@dataclass(frozen=True)
class CostLimit:
    """What an episode may cost.

    Attributes:
        seconds: of all its edits together.
        money: of all its edits together.
        memory: MiB, of each edit.
    """

    seconds: float = math.inf
    money: float = math.inf
    memory: float = math.inf

    def allows(self, spent: Cost, more: Cost) -> bool:
        """Whether an edit may still be made.

        Args:
            spent: what the episode has cost so far.
            more: what the edit costs.
        """
        after = spent + more
        within = after.seconds <= self.seconds and after.money <= self.money
        return within and more.memory <= self.memory

    def left(self, spent: Cost) -> tuple[float, float]:
        """Return the shares of time and money that are left, 0 to 1; 1 where there is no limit."""
        return _share(spent.seconds, self.seconds), _share(spent.money, self.money)


def make_cost_limit(budget: Mapping[str, float] | CostLimit | None) -> CostLimit | None:
    """Build the limit of an episode's cost.

    Args:
        budget: None for no limit, or numbers above 0 by ``"seconds"``, ``"money"``, ``"memory"``.

    Raises:
        ValueError: another key, or a value that is no number above 0.
    """
    if budget is None or isinstance(budget, CostLimit):
        return budget
    names = [field.name for field in fields(CostLimit)]
    if not isinstance(budget, Mapping) or not budget:
        raise ValueError(f"budget={budget!r} must be None or a mapping with some of {names}")
    for name, value in budget.items():
        if name not in names:
            raise ValueError(f"budget has {name!r}: choose from {names}")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not (0 < value <= sys.float_info.max or value == math.inf):
            raise ValueError(f"budget[{name!r}]={value!r} must be a number above 0")
    return CostLimit(**budget)


def cost_of(tool: Tool, option: int, pixels: int) -> Cost:
    """Say what an edit costs.

    Args:
        tool: one that declares what an edit costs (``cost(option)``), or what a megapixel does
            (``cost_per_megapixel``). Any other tool is free.
        option: an index.
        pixels: of the picture.
    """
    declared = getattr(tool, "cost", None)
    if declared is not None:
        return declared(option)
    unit = getattr(tool, "cost_per_megapixel", FREE)
    megapixels = pixels / 1e6
    return Cost(unit.seconds * megapixels, unit.money * megapixels, unit.memory * megapixels)


def _share(spent: float, limit: float) -> float:
    return 1.0 if math.isinf(limit) else max(0.0, 1.0 - spent / limit)
