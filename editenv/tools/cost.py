"""What an edit costs: time, money and memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """The price of one edit, measured beforehand or declared; never the clock of this very edit.

    Attributes:
        seconds: time that it takes, at least 0.
        money: in the currency of the budget, at least 0.
        memory: MiB that it needs while it runs, at least 0.
    """

    seconds: float = 0.0
    money: float = 0.0
    memory: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 <= value < float("inf"):
                raise ValueError(f"{name}={value!r} must be a finite number of at least 0")

    def __add__(self, other: Cost) -> Cost:
        """Add time and money; memory is the larger one, for edits come one after the other."""
        return Cost(
            self.seconds + other.seconds,
            self.money + other.money,
            max(self.memory, other.memory),
        )
