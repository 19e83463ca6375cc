"""Two policies on the same tasks: what the second solves more, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from editenv_policies.evaluation import Outcome


@dataclass(frozen=True)
class Paired:
    """What comparing two policies task by task gave.

    Attributes:
        tasks: how many both have played, at least 1.
        gained: tasks that only the second solved.
        lost: tasks that only the first solved.
    """

    tasks: int
    gained: int
    lost: int

    @property
    def difference(self) -> float:
        """Share that the second solved, less that of the first: -1 to 1."""
        return (self.gained - self.lost) / self.tasks

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the difference (Agresti and Min, 2005, Statistics in Medicine 24).

        Wald's with half a task added to each of the four cells, so that it has a width where both
        solved the same tasks.
        """
        tasks, gained, lost = self.tasks + 2, self.gained + 0.5, self.lost + 0.5
        centre = (gained - lost) / tasks
        spread = 1.96 * math.sqrt(gained + lost - (gained - lost) ** 2 / tasks) / tasks
        return max(centre - spread, -1.0), min(centre + spread, 1.0)

    @property
    def p_value(self) -> float:
        """Of McNemar's exact test, two-sided: how likely so uneven a split is by chance.

        >>> round(Paired(tasks=100, gained=8, lost=2).p_value, 4)
        0.1094
        """
        count = self.gained + self.lost
        fewer = sum(math.comb(count, k) for k in range(min(self.gained, self.lost) + 1))
        return min(1.0, 2 * fewer / 2**count)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "tasks": self.tasks,
            "gained": self.gained,
            "lost": self.lost,
            "difference": round(self.difference, 4),
            "interval": [round(bound, 4) for bound in self.interval],
            "p_value": round(self.p_value, 6),
        }

    def __str__(self) -> str:
        """Render as ``"+8.2 points [+5.1, +11.3], p = 0.0003"``."""
        low, high = self.interval
        return (
            f"{100 * self.difference:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}], "
            f"p = {self.p_value:.2g}"
        )


def compare(first: Sequence[Outcome], second: Sequence[Outcome]) -> Paired:
    """Compare how two policies did on the same tasks, in the same order.

    Raises:
        ValueError: no tasks, or not equally many.
    """
    if len(first) != len(second) or not first:
        raise ValueError(
            f"first has {len(first)} tasks and second {len(second)}: they must be the same tasks"
        )
    pairs = list(zip(first, second, strict=True))
    return Paired(
        tasks=len(pairs),
        gained=sum(new.solved and not old.solved for old, new in pairs),
        lost=sum(old.solved and not new.solved for old, new in pairs),
    )
