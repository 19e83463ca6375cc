"""A weighted mix of judges."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from editenv.failure import Failure
from editenv.judges.base import Case, Judge, Score
from editenv.types import EditTask


class MixJudge:
    """The weighted mean of several judges.

    ``value = sum(w_i * value_i) / sum(w_i)``. ``parts`` has each judge's value by its name and its
    own parts as ``"NAME/PART"``. ``variance = sum((w_i / sum(w))**2 * variance_i)``, as for
    independent judges. When a judge that weighs something fails, the case is a failure; one that
    weighs nothing is asked for the record and left out of ``parts`` where it fails.

    Args:
        judges: the judges, with different names.
        weights: one each, at least 0 and not all 0.

    Raises:
        ValueError: a bad weight, or two judges of the same name.
    """

    def __init__(self, judges: Sequence[Judge], weights: Sequence[float]) -> None:
        names = [judge.name for judge in judges]
        if len(set(names)) < len(names):
            raise ValueError(f"judge={names} has a name twice: each may be given once")
        for name, weight in zip(names, weights, strict=True):
            valid = isinstance(weight, (int, float)) and not isinstance(weight, bool)
            if not valid or not math.isfinite(weight) or weight < 0.0:
                raise ValueError(f"judge weight {name}={weight!r} must be a number of at least 0")
        if not sum(weights) > 0.0:
            raise ValueError(f"judge={dict(zip(names, weights, strict=True))} has no weight over 0")
        self.judges = tuple(judges)
        self.weights = tuple(float(weight) / sum(weights) for weight in weights)

    @property
    def name(self) -> str:
        """``"mix("``, the weights as shares by name, ``")"``."""
        pairs = zip(self.judges, self.weights, strict=True)
        return f"mix({', '.join(f'{judge.name}={weight:.3g}' for judge, weight in pairs)})"

    def why_unfit(self, task: EditTask) -> str | None:
        """Say why a judge that weighs something cannot score a task, or None."""
        for judge, weight in zip(self.judges, self.weights, strict=True):
            why_unfit: Callable[[EditTask], str | None] | None = getattr(judge, "why_unfit", None)
            reason = why_unfit and why_unfit(task)
            if weight > 0.0 and reason is not None:
                return reason
        return None

    def judge(self, cases: Sequence[Case]) -> list[Score | Failure]:
        """Score N pictures; see ``Judge.judge``."""
        columns = [judge.judge(cases) for judge in self.judges]
        return [self._mixed([column[number] for column in columns]) for number in range(len(cases))]

    def close(self) -> None:
        """Close every judge that has something to free."""
        for judge in self.judges:
            getattr(judge, "close", lambda: None)()

    def _mixed(self, results: Sequence[Score | Failure]) -> Score | Failure:
        value, variance, votes = 0.0, 0.0, 1
        parts: dict[str, float] = {}
        for judge, weight, result in zip(self.judges, self.weights, results, strict=True):
            if isinstance(result, Failure):
                if weight > 0.0:
                    # The whole carries its own name, so that whoever counts failures in a row of
                    # this judge also sees when it works again.
                    detail = f"{result.component}: {result.detail}"
                    return replace(result, component=f"judge:{self.name}", detail=detail)
                continue
            value += weight * result.value
            variance += weight**2 * result.variance
            votes = max(votes, result.votes)
            parts[judge.name] = result.value
            parts.update({f"{judge.name}/{part}": v for part, v in result.parts.items()})
        return Score(value, parts, variance, votes)
