"""Run an audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from editenv.judges import BEST, Judge, check_fit, make_judge
from editenv.models.audit.orders import ORDERS, OUTCOME_ORDERS
from editenv.models.audit.report import Check, Pair, Report, compare, correlation, count_failures
from editenv.models.audit.report import differences as _differences
from editenv.models.audit.samples import Sample, Stage
from editenv.models.audit.scorers import (
    EnvironmentScorer,
    JudgeScorer,
    Mark,
    Marks,
    Scorer,
    Variant,
)
from editenv.registration import CONFIGURATIONS

JUDGE_TOLERANCE = 0.1
"""A judge may order a pair wrongly in one task of ten. With 50 tasks, a judge that errs in 5 % of
them passes in 96 % of the audits, one that errs in 20 % in 5 % (binomial)."""

BIAS_LIMIT = 0.05 * BEST
"""What must not matter may shift a judge's mean score by half a point, half a step of a rubric."""

BIAS_PROBES = ("perfect", "wrong_goal", "no_op")
"""Probes that a judge sees again for its bias: each costs as much as the first time."""

EXACT = 1e-9
"""The reward is computed, not estimated: nothing that must not matter may change it."""


def audit(
    env_id: str,
    *,
    reward: str | Mapping[str, float] | None = None,
    judge: str | Judge | Mapping[str, float] | None = None,
    episodes: int = 50,
    seed: int = 0,
    tolerance: float | None = None,
    **arguments: Any,
) -> list[Report]:
    """Audit a reward, a judge, or both, on the tasks of an environment.

    Args:
        env_id: a registered id of ``ImageEditEnv``.
        reward: a preset or weights; audited by calls and by pictures. ``"shaped"`` where neither
            ``reward`` nor ``judge`` is given.
        judge: what ``editenv.judges.make_judge`` accepts; a judge built here is closed.
        episodes: number of tasks, at least 1.
        seed: the tasks are those of the seeds from here on.
        tolerance: largest rate of violations of a pair that passes; None takes 0 for a reward and
            ``JUDGE_TOLERANCE`` for a judge.
        **arguments: further arguments of the environment (``tasks``, ``split``, ``image_size``).

    Returns:
        Two reports for a reward (by calls, by pictures), one for a judge.

    Raises:
        ValueError: a bad argument, or a task that the judge cannot score.
    """
    if env_id not in CONFIGURATIONS:
        raise ValueError(f"env={env_id!r} is unknown: choose from {[*CONFIGURATIONS]}")
    if isinstance(episodes, bool) or not isinstance(episodes, int) or episodes < 1:
        raise ValueError(f"episodes={episodes!r} must be an integer of at least 1")
    if tolerance is not None and not 0.0 <= tolerance < 1.0:
        raise ValueError(f"tolerance={tolerance!r} must be from 0 to below 1")
    if reward is None and judge is None:
        reward = "shaped"
    built = None if judge is None else make_judge(judge)
    stage = Stage(env_id, reward="shaped" if reward is None else reward, **arguments)
    try:
        return [
            _report(env_id, scorer, stage, range(seed, seed + episodes), limit)
            for scorer, limit in _scorers(stage, reward, built, tolerance)
        ]
    finally:
        stage.close()
        if built is not judge:
            getattr(built, "close", lambda: None)()


def _scorers(
    stage: Stage,
    reward: str | Mapping[str, float] | None,
    judge: Judge | None,
    tolerance: float | None,
) -> list[tuple[Scorer, float]]:
    scorers: list[tuple[Scorer, float]] = []
    if reward is not None:
        name = f"reward {reward if isinstance(reward, str) else 'of weights'}"
        scorers = [
            (EnvironmentScorer(stage, name, by_calls=by_calls), tolerance or 0.0)
            for by_calls in (True, False)
        ]
    if judge is not None:
        scorer = JudgeScorer(stage, judge)
        scorers.append((scorer, JUDGE_TOLERANCE if tolerance is None else tolerance))
    return scorers


def _report(
    env_id: str, scorer: Scorer, stage: Stage, seeds: Sequence[int], tolerance: float
) -> Report:
    samples = []
    for seed in seeds:
        task = stage.draw(seed)
        if isinstance(scorer, JudgeScorer):
            check_fit(scorer.judge, task)
        samples.append(Sample(seed, task, scorer.probes(task, seed)))
    marks = scorer.marks(samples)
    return Report(
        env_id=env_id,
        scorer=scorer.name,
        samples=samples,
        marks=marks,
        pairs=_pairs(scorer, marks),
        checks=tuple(_checks(scorer, samples, marks)),
        failures=count_failures(marks),
        tolerance=tolerance,
    )


def _pairs(scorer: Scorer, marks: Sequence[Marks]) -> tuple[Pair, ...]:
    by_calls = isinstance(scorer, EnvironmentScorer) and scorer.by_calls
    pairs = [compare(order, marks, counts=True, margin=scorer.margin) for order in ORDERS]
    pairs += [
        compare(order, marks, counts=not by_calls, margin=scorer.margin) for order in OUTCOME_ORDERS
    ]
    return tuple(pair for pair in pairs if pair is not None)


def _checks(scorer: Scorer, samples: Sequence[Sample], marks: Sequence[Marks]) -> list[Check]:
    judged = isinstance(scorer, JudgeScorer)
    if judged:
        kept = [
            Sample(s.seed, s.task, {n: s.probes[n] for n in BIAS_PROBES if n in s.probes})
            for s in samples
        ]
    else:
        kept = list(samples)
    limit = BIAS_LIMIT if judged else EXACT
    checks = [_change(marks, variant, limit) for variant in scorer.variants(kept)]
    if judged:
        variances = [m.variance for row in marks for m in row.values() if isinstance(m, Mark)]
        mean = float(np.mean(variances)) if variances else None
        checks.append(Check("mean variance of the votes", mean, None))
    return [*checks, *_correlations(samples, marks)]


def _change(marks: Sequence[Marks], variant: Variant, limit: float) -> Check:
    """A repetition may differ either way; what must not matter may not shift the mean."""
    found = _differences(marks, variant)
    if not found:
        return Check(f"{variant.name}: change of the score", None, limit)
    if limit <= EXACT:
        value, what = float(np.abs(found).max()), "largest change of the score"
    elif variant.name == "repeated":
        value, what = float(np.abs(found).mean()), "mean size of the score's change"
    else:
        value, what = float(np.mean(found)), "mean change of the score"
    return Check(f"{variant.name}: {what}", value, limit)


def _correlations(samples: Sequence[Sample], marks: Sequence[Marks]) -> list[Check]:
    """Of the perfect probe's score: a score that grows with words or calls is worth a look."""
    scores, words, calls = [], [], []
    for sample, row in zip(samples, marks, strict=True):
        mark = row.get("perfect")
        if isinstance(mark, Mark):
            scores.append(mark.value)
            words.append(len(sample.task.instruction.split()))
            calls.append(len(sample.probes["perfect"].calls or ()))
    columns = {"the instruction's words": words, "the number of calls": calls}
    return [
        Check(f"perfect: correlation with {name}", correlation(scores, column), None)
        for name, column in columns.items()
    ]
