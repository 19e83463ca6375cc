"""Judges that an audit must see through, and one that it must let pass."""

from __future__ import annotations

import numpy as np

from editenv.failure import Failure
from editenv.imaging.metrics import mean_error
from editenv.judges import Score


class Double:
    """A judge made of a function of a case."""

    def __init__(self, name, score):
        self.name, self._score, self.asked = name, score, 0

    def judge(self, cases):
        self.asked += len(cases)
        results = [self._score(case) for case in cases]
        return [r if isinstance(r, (Score, Failure)) else Score(float(r)) for r in results]


def always_seven():
    return Double("seven", lambda case: 7.0)


def likes_change():
    return Double("change", lambda case: 10 * min(2 * mean_error(case.canvas, case.task.source), 1))


def likes_length():
    """Right about pictures, but pays for words."""

    def score(case):
        near = 8 * (1 - mean_error(case.canvas, case.task.target))
        return near + min(len(case.task.instruction.split()) / 20, 2)

    return Double("length", score)


def moody():
    rng = np.random.default_rng(0)
    return Double("moody", lambda case: rng.uniform(0, 10))


def broken():
    return Double("broken", lambda case: Failure("timeout", "judge:broken", 3))


class PrefersFirst:
    """Right about pictures, but pays for the edited one being shown first."""

    name = "first"

    def __init__(self, extra=0.0):
        self._extra = extra

    def swapped(self):
        return PrefersFirst(extra=2.0)

    def judge(self, cases):
        return [
            Score(8 * (1 - mean_error(case.canvas, case.task.target)) + self._extra)
            for case in cases
        ]
