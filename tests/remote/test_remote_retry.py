"""Waits between attempts."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from remote.calls import FAST, batch
from remote.faults import Faults
from remote.server import Server

from editenv.failure import Failure
from editenv.models.remote import Limits
from editenv.models.remote.reply import Problem, retry_after, status_problem
from editenv.models.remote.session import wait_before
from editenv.models.remote_tools import ImagesEditTool

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0.25", 0.25),
        ("-4", 0.0),
        ("Thu, 26 Nov 2026 12:00:07 GMT", 7.0),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0.0),
        ("Thursday, 26-Nov-26 12:01:00 GMT", 60.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after(text, seconds):
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_full_jitter():
    limits = Limits(backoff=1.0, longest_wait=6.0)
    state = random.getstate()
    for attempt, most in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 6.0), (500, 6.0)):
        waits = [wait_before(Problem("timeout", ""), attempt, limits) for _ in range(400)]
        assert 0 <= min(waits) < 0.1 * most
        assert 0.9 * most < max(waits) <= most
        assert abs(sum(waits) / 400 - most / 2) < 0.1 * most
    assert random.getstate() == state


def test_what_the_server_asks_for_is_a_lower_bound_and_capped():
    limits = Limits(backoff=0.5, longest_wait=6.0)
    asked = [wait_before(Problem("rate_limit", "", wait=4.0), 1, limits) for _ in range(100)]
    assert 4.0 <= min(asked) and max(asked) <= 4.5
    capped = wait_before(Problem("rate_limit", "", wait=3600.0), 1, limits)
    assert 6.0 <= capped <= 6.5


def test_the_client_waits_as_long_as_the_server_says():
    images, masks, options, prompts = batch(1)
    limits = replace(FAST, attempts=3, longest_wait=5.0)
    with Server(faults=Faults(1.0, ["rate_limit"]), retry_after="0.4") as server:
        tool = ImagesEditTool(server.url, limits=limits)
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.attempts) == ("rate_limit", 3)
    times = [request.time for request in server.requests]
    assert all(0.4 <= later - sooner < 1.5 for sooner, later in pairwise(times))


def test_a_wait_that_would_pass_the_deadline_is_not_made():
    images, masks, options, prompts = batch(1)
    limits = replace(FAST, total=2.0, longest_wait=100.0)
    with Server(faults=Faults(1.0, ["rate_limit"]), retry_after="60") as server:
        tool = ImagesEditTool(server.url, limits=limits)
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
        assert server.count() == 1
    assert isinstance(failure, Failure) and failure.kind == "rate_limit"


@pytest.mark.parametrize(
    ("status", "body", "kind", "billed"),
    [
        (200, b"", None, None),
        (302, b"", "bad_response", False),
        (400, b'{"error": {"code": "content_policy_violation"}}', "refusal", False),
        (400, b'{"error": {"code": null, "message": "Unknown parameter"}}', "rejected", False),
        (400, b"[" * 100_000, "rejected", False),
        (404, b'{"error": "no such model"}', "rejected", False),
        (408, b"", "timeout", False),
        (429, b"\xff", "rate_limit", False),
        (503, b"<html>", "server_error", True),
    ],
)
def test_statuses(status, body, kind, billed):
    problem = status_problem(status, {}, body)
    if kind is None:
        assert problem is None
    else:
        assert problem is not None and (problem.kind, problem.billed) == (kind, billed)
