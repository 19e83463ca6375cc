"""Failures as values: kinds, counts, and the circuit that breaks."""

import pickle

import pytest

from editenv.failure import KINDS, ComponentDown, Failure, FailureError, FailureLog

TIMEOUT = Failure("timeout", "tool:far", 3, "no answer within 5 s")
SPENT = Failure("budget", "tool:far", 0)


def test_kinds_are_a_closed_list():
    assert all(Failure(kind, "tool:x").kind == kind for kind in KINDS)
    with pytest.raises(ValueError, match=r"kind='weather'.*timeout"):
        Failure("weather", "tool:x")


def test_info_has_no_detail_and_the_text_has():
    assert TIMEOUT.info() == {"kind": "timeout", "component": "tool:far", "attempts": 3}
    assert "within 5 s" in str(TIMEOUT)


@pytest.mark.parametrize("error", [FailureError(TIMEOUT), ComponentDown(TIMEOUT, 20)])
def test_errors_survive_the_way_out_of_a_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and copy.failure == TIMEOUT and str(copy) == str(error)


def test_a_component_is_down_after_so_many_failures_in_a_row():
    log = FailureLog(down_after=3)
    for _ in range(5):
        log.failed(TIMEOUT)
        log.failed(Failure("error", "judge:other"))
        log.succeeded("tool:far")
        log.succeeded("judge:other")
    assert not log.troubled
    log.failed(TIMEOUT)
    log.failed(TIMEOUT)
    with pytest.raises(ComponentDown, match="tool:far is down: 3 failures in a row"):
        log.failed(TIMEOUT)
    log.failed(TIMEOUT)  # a run that goes on has as many tries as before
    assert log.summary() == {"judge:other": {"error": 5}, "tool:far": {"timeout": 9}}
    assert log.total == 14


def test_a_spent_budget_breaks_nothing():
    log = FailureLog(down_after=1)
    for _ in range(3):
        log.failed(SPENT)
    assert log.summary() == {"tool:far": {"budget": 3}} and not log.troubled


@pytest.mark.parametrize("down_after", [0, -1, 1.5, True, "x"])
def test_the_limit_is_checked(down_after):
    with pytest.raises(ValueError, match="down_after"):
        FailureLog(down_after)
