"""Reference judges and mixes: formulas, orders, refusals."""

import math

import numpy as np
import pytest
from judge_doubles import damaged, halfway, make_task

from editenv.failure import Failure
from editenv.judges import Case, Score, check_fit, make_judge
from editenv.types import EditTask


def score(judge, task, canvas):
    (result,) = make_judge(judge).judge([Case(task, canvas)])
    assert isinstance(result, Score)
    return result


@pytest.mark.parametrize("name", ["l1", "ssim", "psnr"])
def test_best_worst_and_the_order_between(name):
    task = make_task()
    best, half = score(name, task, task.target), score(name, task, halfway(task))
    nothing = score(name, task, task.source)
    hurt = score(name, task, damaged(task, task.target))
    assert best.value == 10.0
    assert set(best.parts) == {"edit", "preserved"}
    assert nothing.value == 0.0
    assert nothing.parts["preserved"] == 10.0
    assert 0.0 < half.value < best.value
    assert half.parts["preserved"] == 10.0
    assert hurt.value < best.value
    assert hurt.parts["edit"] > 9.0 > hurt.parts["preserved"]
    assert best.variance == 0.0


def test_formula_of_l1():
    task = make_task()
    canvas = damaged(task, halfway(task))
    inside = task.sub_edits[0].mask > 0
    error = {
        (name, where): np.abs(picture.astype(float) - task.target)[pixels].mean() / 255
        for name, picture in (("canvas", canvas), ("source", task.source))
        for where, pixels in (("in", inside), ("out", ~inside))
    }
    fidelity = {key: math.exp(-value / 0.1) for key, value in error.items()}
    start = fidelity["source", "in"]
    way = (fidelity["canvas", "in"] - start) / (1 - start)
    result = score("l1", task, canvas)
    assert result.parts["edit"] == pytest.approx(10 * (way - 0.1) / 0.9)
    assert result.parts["preserved"] == pytest.approx(10 * fidelity["canvas", "out"])
    assert result.value == pytest.approx(
        math.sqrt(result.parts["edit"] * result.parts["preserved"])
    )


def test_formula_of_psnr():
    task = make_task()
    error = np.mean((halfway(task).astype(float) - task.target)[:16, :16] ** 2)
    start = np.mean((task.source.astype(float) - task.target)[:16, :16] ** 2)
    fidelity = [10 * math.log10(255**2 / e) / 40 for e in (start, error)]
    way = (fidelity[1] - fidelity[0]) / (1 - fidelity[0])
    result = score("psnr", task, halfway(task))
    assert result.parts["edit"] == pytest.approx(10 * (way - 0.1) / 0.9)


def test_without_masks_the_whole_picture_counts():
    task = make_task()
    plain = EditTask(task.source, "brighter", stages=task.stages)
    result = score("l1", plain, damaged(task, task.target))
    assert set(result.parts) == {"edit"}
    assert result.value < score("l1", plain, task.target).value == 10.0


@pytest.mark.parametrize("judge", ["l1", "ssim", {"psnr": 1.0}])
def test_what_has_no_target_is_never_scored(judge):
    judge, task = make_judge(judge), make_task(with_target=False)
    good = make_task()
    with pytest.raises(ValueError, match="needs a target"):
        check_fit(judge, task)
    check_fit(judge, good)
    failure, scored = judge.judge([Case(task, task.source), Case(good, good.target)])
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.component, failure.attempts) == (
        "error",
        f"judge:{judge.name}",
        0,
    )
    assert scored.value == 10.0


def test_a_canvas_of_another_shape_is_a_failure():
    task = make_task()
    (result,) = make_judge("l1").judge([Case(task, task.target[:16])])
    assert isinstance(result, Failure)


class Fixed:
    def __init__(self, name, result):
        self.name, self._result = name, result

    def judge(self, cases):
        return [self._result for _ in cases]


def test_mix_is_a_weighted_mean_with_its_variance():
    judges = {
        Fixed("a", Score(8.0, {"x": 1.0}, variance=4.0, votes=3)): 3.0,
        Fixed("b", Score(2.0, variance=1.0)): 1.0,
    }
    result = score(judges, make_task(), make_task().source)
    assert result.value == pytest.approx((3 * 8 + 2) / 4)
    assert result.variance == pytest.approx(4 * 0.75**2 + 1 * 0.25**2)
    assert result.parts == {"a": 8.0, "a/x": 1.0, "b": 2.0}
    assert result.votes == 3


def test_mix_fails_with_a_part_that_weighs_something():
    failure = Failure("timeout", "judge:b", 3, "too slow")
    task = make_task()
    mixed = make_judge({"l1": 0.5, Fixed("b", failure): 0.5})
    (result,) = mixed.judge([Case(task, task.target)])
    assert isinstance(result, Failure)
    assert (result.kind, result.component, result.attempts) == ("timeout", f"judge:{mixed.name}", 3)
    assert result.detail == "judge:b: too slow"
    free = make_judge({"l1": 0.5, Fixed("b", failure): 0.0})
    (result,) = free.judge([Case(task, task.target)])
    assert result.value == 10.0
    assert "b" not in result.parts


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        ("beauty", "judge='beauty'"),
        ("l1:x", "judge='l1:x'"),
        ({}, "empty"),
        ({"l1": -1.0}, "l1=-1.0"),
        ({"l1": float("nan")}, "l1=nan"),
        ({"l1": True}, "l1=True"),
        ({"l1": 0.0}, "no weight over 0"),
        ({Fixed("l1", None): 1.0, "l1": 1.0}, "twice"),
        (3, "judge=3"),
    ],
)
def test_bad_judges_are_refused(judge, words):
    with pytest.raises(ValueError, match=words):
        make_judge(judge)
