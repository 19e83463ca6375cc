"""What an audit found, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from editenv.failure import Failure
from editenv.models.audit.orders import Order
from editenv.models.audit.probes import NAMES
from editenv.models.audit.samples import Sample
from editenv.models.audit.scorers import Mark, Marks, Variant


@dataclass(frozen=True)
class Pair:
    """How often an order was violated.

    Attributes:
        order: the pair.
        tasks: in how many tasks both probes were scored.
        violated: numbers of the tasks, as in ``Report.samples``, with the order the wrong way
            round, the worst first.
        gap: mean difference of the scores, better minus worse.
        least: the smallest of these differences.
        counts: whether the pair decides over passing.
    """

    order: Order
    tasks: int
    violated: tuple[int, ...]
    gap: float
    least: float
    counts: bool

    @property
    def rate(self) -> float:
        """Share of the tasks in which the order is violated."""
        return len(self.violated) / self.tasks if self.tasks else 0.0


@dataclass(frozen=True)
class Check:
    """A property of the scores beside their order.

    Attributes:
        name: what it is.
        value: None where it could not be measured.
        limit: the largest magnitude that passes; None is for information only.
    """

    name: str
    value: float | None
    limit: float | None

    @property
    def passed(self) -> bool:
        """Whether the value is within its limit."""
        return self.limit is None or self.value is None or abs(self.value) <= self.limit


@dataclass(frozen=True, eq=False)
class Report:
    """What an audit found on one id.

    Attributes:
        env_id: where the tasks come from.
        scorer: what was audited.
        samples: the tasks with their probes.
        marks: what they got, by task.
        pairs: the orders.
        checks: variance, bias, correlations.
        failures: probes that were not scored, by kind of failure.
        tolerance: the largest rate of violations that passes.
    """

    env_id: str
    scorer: str
    samples: Sequence[Sample]
    marks: Sequence[Marks]
    pairs: tuple[Pair, ...]
    checks: tuple[Check, ...]
    failures: dict[str, int]
    tolerance: float

    def broken(self, pair: Pair) -> bool:
        """Whether a pair is violated in more than the tolerated share of the tasks."""
        return pair.counts and pair.rate > self.tolerance

    @property
    def passed(self) -> bool:
        """Whether every order was seen to hold and every check passed.

        An audit in which no order could be measured has shown nothing and does not pass.
        """
        measured = any(pair.tasks for pair in self.pairs if pair.counts)
        return (
            measured
            and not any(self.broken(pair) for pair in self.pairs)
            and all(check.passed for check in self.checks)
        )

    def statistics(self) -> dict[str, dict[str, float | int | None]]:
        """Return tasks, mean, standard deviation and share solved, by probe."""
        table: dict[str, dict[str, float | int | None]] = {}
        for name in NAMES:
            found = [marks[name] for marks in self.marks if isinstance(marks.get(name), Mark)]
            scored = [mark for mark in found if isinstance(mark, Mark)]
            if scored:
                values = [mark.value for mark in scored]
                solved = [mark.solved for mark in scored if mark.solved is not None]
                table[name] = {
                    "tasks": len(values),
                    "mean": float(np.mean(values)),
                    "std": float(np.std(values)),
                    "solved": float(np.mean(solved)) if solved else None,
                }
        return table

    def as_json(self) -> dict[str, Any]:
        """Return everything but pictures, as plain JSON values."""
        return {
            "env": self.env_id,
            "scorer": self.scorer,
            "passed": self.passed,
            "tasks": len(self.samples),
            "tolerance": self.tolerance,
            "pairs": [
                {
                    "better": pair.order.better,
                    "worse": pair.order.worse,
                    "strict": pair.order.strict,
                    "why": pair.order.why,
                    "counts": pair.counts,
                    "tasks": pair.tasks,
                    "violated": len(pair.violated),
                    "rate": pair.rate,
                    "mean_gap": pair.gap,
                    "least_gap": pair.least,
                    "seeds": [self.samples[number].seed for number in pair.violated],
                }
                for pair in self.pairs
            ],
            "probes": self.statistics(),
            "checks": [
                {"name": c.name, "value": c.value, "limit": c.limit, "passed": c.passed}
                for c in self.checks
            ],
            "failures": self.failures,
        }


def compare(
    order: Order, marks: Sequence[Marks], *, counts: bool, margin: float = 0.0
) -> Pair | None:
    """Hold the scores of all tasks against one order; None where no task has both probes."""
    gaps: dict[int, float] = {}
    violated: list[int] = []
    for number, row in enumerate(marks):
        better, worse = row.get(order.better), row.get(order.worse)
        if isinstance(better, Mark) and isinstance(worse, Mark):
            gaps[number] = better.value - worse.value
            if order.violated(better.value, worse.value, margin):
                violated.append(number)
    if not any({order.better, order.worse} <= set(row) for row in marks):
        return None
    values = list(gaps.values()) or [0.0]
    worst_first = tuple(sorted(violated, key=gaps.__getitem__))
    return Pair(order, len(gaps), worst_first, float(np.mean(values)), min(values), counts)


def differences(marks: Sequence[Marks], variant: Variant) -> list[float]:
    """How much each probe's score changed, where it was scored both times."""
    return [
        other[name].value - mark.value  # type: ignore[union-attr]
        for row, other in zip(marks, variant.marks, strict=True)
        for name, mark in row.items()
        if isinstance(mark, Mark) and isinstance(other.get(name), Mark)
    ]


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation; None where one side is constant or there are fewer than three."""
    if len(first) < 3 or np.ptp(first) < 1e-9 or np.ptp(second) < 1e-9:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def count_failures(marks: Sequence[Marks]) -> dict[str, int]:
    """Count what was not scored, by kind of failure."""
    failed = (mark.kind for row in marks for mark in row.values() if isinstance(mark, Failure))
    return dict(Counter(failed))
