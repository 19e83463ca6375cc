"""What is audited: the environment's reward, or a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from editenv.failure import Failure
from editenv.judges import Case, Judge, Score
from editenv.models.audit.plan import reference_plan
from editenv.models.audit.probes import Probe, call_probes, picture_probes
from editenv.models.audit.samples import Sample, Stage
from editenv.types import EditTask

OTHER_SEED = 1_000_003
"""Added to a seed to deal the same regions into other slots."""


@dataclass(frozen=True)
class Mark:
    """What a probe got.

    Attributes:
        value: the return of the episode, or the judge's score.
        variance: of the judge's votes.
        solved: whether the environment takes the work as solved; None from a judge.
    """

    value: float
    variance: float = 0.0
    solved: bool | None = None


Marks = dict[str, Mark | Failure]


@dataclass(frozen=True, eq=False)
class Variant:
    """The same probes scored once more, where something was changed that must not matter."""

    name: str
    marks: list[Marks] = field(default_factory=list)


class EnvironmentScorer:
    """Plays probes in the environment: what counts is the return of the whole episode.

    Args:
        stage: the environment.
        by_calls: whether the probes are sequences of calls, or pictures that are painted.
    """

    def __init__(self, stage: Stage, name: str, *, by_calls: bool) -> None:
        self._stage, self.by_calls = stage, by_calls
        # Painted, doing nothing takes a call as all pictures do; in truth it takes none.
        self.margin = 0.0 if by_calls else stage.call_price
        self.name = f"{name}, {'by calls' if by_calls else 'by pictures'}"

    def probes(self, task: EditTask, seed: int) -> dict[str, Probe]:
        """Build the probes of a task."""
        make = call_probes if self.by_calls else picture_probes
        return make(self._stage.start(task, seed), np.random.default_rng(seed))

    def marks(self, samples: Sequence[Sample]) -> list[Marks]:
        """Play every probe."""
        return [self._marks(sample, sample.task, sample.seed) for sample in samples]

    def variants(self, samples: Sequence[Sample]) -> list[Variant]:
        """Play every probe again, with a longer instruction, and with regions in other slots."""
        return [
            Variant("repeated", self.marks(samples)),
            Variant("longer instruction", [self._marks(s, s.padded, s.seed) for s in samples]),
            Variant("regions in other slots", [self._elsewhere(sample) for sample in samples]),
        ]

    def _marks(self, sample: Sample, task: EditTask, seed: int) -> Marks:
        return {name: self._play(task, seed, probe) for name, probe in sample.probes.items()}

    def _play(self, task: EditTask, seed: int, probe: Probe) -> Mark:
        value, solved = self._stage.play(task, seed, probe)
        return Mark(value, solved=solved)

    def _elsewhere(self, sample: Sample) -> Marks:
        """Slots are named by calls, so these are found anew, for the perfect episode."""
        seed = sample.seed + OTHER_SEED
        if not self.by_calls:
            return self._marks(sample, sample.task, seed)
        plan = reference_plan(self._stage.start(sample.task, seed))
        if plan is None or "perfect" not in sample.probes:
            return {}
        probe = replace(sample.probes["perfect"], calls=plan)
        return {"perfect": self._play(sample.task, seed, probe)}


class JudgeScorer:
    """Shows the pictures of the probes to a judge, all at once.

    Args:
        stage: gives tasks and regions.
        judge: the judge.
    """

    def __init__(self, stage: Stage, judge: Judge) -> None:
        self._stage, self.judge, self.margin = stage, judge, 0.0
        self.name = f"judge {judge.name}"

    def probes(self, task: EditTask, seed: int) -> dict[str, Probe]:
        """Build the probes of a task."""
        return picture_probes(self._stage.start(task, seed), np.random.default_rng(seed))

    def marks(self, samples: Sequence[Sample]) -> list[Marks]:
        """Judge every probe."""
        return self._marks(self.judge, samples, [sample.task for sample in samples])

    def variants(self, samples: Sequence[Sample]) -> list[Variant]:
        """Judge again, with a longer instruction, and with the pictures in the other order."""
        variants = [
            Variant("repeated", self.marks(samples)),
            Variant(
                "longer instruction", self._marks(self.judge, samples, [s.padded for s in samples])
            ),
        ]
        swapped = getattr(self.judge, "swapped", None)
        if swapped is not None:
            tasks = [sample.task for sample in samples]
            variants.append(
                Variant("pictures in the other order", self._marks(swapped(), samples, tasks))
            )
        return variants

    def _marks(
        self, judge: Judge, samples: Sequence[Sample], tasks: Sequence[EditTask]
    ) -> list[Marks]:
        cases = [
            Case(task, probe.picture)
            for sample, task in zip(samples, tasks, strict=True)
            for probe in sample.probes.values()
        ]
        results = iter(judge.judge(cases))
        return [{name: _mark(next(results)) for name in sample.probes} for sample in samples]


Scorer = EnvironmentScorer | JudgeScorer


def _mark(result: Score | Failure) -> Mark | Failure:
    return result if isinstance(result, Failure) else Mark(result.value, result.variance)
