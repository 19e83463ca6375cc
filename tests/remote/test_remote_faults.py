"""Many calls to a server that fails: each is right or a named failure, and nothing is left over."""

import signal
import threading
import time
from collections import Counter

import numpy as np
import pytest
from remote.calls import FAST, KIND_OF_FAULT, batch, becomes, nothing_is_left, open_files, threads
from remote.faults import KINDS, Faults
from remote.server import Server, edit

from editenv.failure import Failure
from editenv.models.remote import Budget, Limits
from editenv.models.remote_tools import ImagesEditTool, JsonTool

TOOLS = {"openai": (ImagesEditTool, "/v1#m"), "json": (JsonTool, "/edit")}


def counted(edits, images, masks, prompts):
    """Return how many are right, and the failures; asserts that none is wrong."""
    right, failures = 0, []
    for edited, image, mask, prompt in zip(edits, images, masks, prompts, strict=True):
        if isinstance(edited, Failure):
            failures.append(edited)
            continue
        assert np.array_equal(edited.image, edit(image, mask, prompt.text, prompt.seed))
        assert edited.mask is mask
        right += 1
    return right, failures


@pytest.mark.parametrize("kind", TOOLS)
def test_1000_calls_at_20_percent_faults(kind):
    tool_class, path = TOOLS[kind]
    before = threads(), open_files()
    images, masks, options, prompts = batch(1000)
    budget = Budget(money=1e9)
    with Server(faults=Faults(0.2, seed=1)) as server:
        tool = tool_class(server.origin + path, limits=FAST, budget=budget)
        edits = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    right, failures = counted(edits, images, masks, prompts)
    made = server.faults.made
    assert all(made.values()) and sum(made.values()) > 150
    assert Counter(failure.kind for failure in failures)["refusal"] == made["refusal"]
    assert right >= 1000 - made["refusal"] - 20
    assert {failure.component for failure in failures} == {f"tool:{tool.name}"}
    assert server.most_at_once <= FAST.concurrency
    assert budget.spent.calls == server.count()
    assert nothing_is_left(before)


@pytest.mark.parametrize("kind", TOOLS)
def test_each_fault_has_its_name(kind):
    tool_class, path = TOOLS[kind]
    images, masks, options, prompts = batch(60)
    limits = Limits(concurrency=16, attempts=1, silence=0.5, attempt=1.0)
    with Server(faults=Faults(0.8, seed=2)) as server:
        tool = tool_class(server.origin + path, limits=limits)
        edits = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    right, failures = counted(edits, images, masks, prompts)
    expected = Counter()
    for fault, count in server.faults.made.items():
        assert count, fault
        expected[KIND_OF_FAULT[fault]] += count
    assert Counter(failure.kind for failure in failures) == expected
    assert right == 60 - sum(expected.values())
    assert {failure.attempts for failure in failures} == {1}


@pytest.mark.parametrize("fault", ["hang", "drip", "drip_head"])
def test_no_server_holds_a_call_beyond_its_deadline(fault):
    images, masks, options, prompts = batch(1)
    limits = Limits(attempts=50, silence=0.5, attempt=0.3, total=0.7, backoff=0.01)
    with Server(faults=Faults(1.0, [fault])) as server:
        tool = ImagesEditTool(server.url, limits=limits)
        begin = time.monotonic()
        (failure,) = tool.apply_prompted(images, masks, options, prompts)
        seconds = time.monotonic() - begin
        tool.close()
    assert isinstance(failure, Failure) and failure.kind == "timeout"
    assert 2 <= failure.attempts <= 4
    assert 0.5 < seconds < 2


def test_every_kind_of_fault_is_tried():
    assert set(KIND_OF_FAULT) == set(KINDS)


def test_a_dropped_tool_leaves_nothing():
    before = threads(), open_files()
    images, masks, options, prompts = batch(3)
    with Server() as server:
        tool = ImagesEditTool(server.url)
        tool.apply_prompted(images, masks, options, prompts)
        assert "editenv-remote" in threads()
        del tool
        assert becomes(lambda: "editenv-remote" not in threads())
    assert nothing_is_left(before)


def test_a_closed_tool_opens_again():
    images, masks, options, prompts = batch(2)
    with Server() as server:
        tool = ImagesEditTool(server.url)
        for _ in range(2):
            edits = tool.apply_prompted(images, masks, options, prompts)
            assert counted(edits, images, masks, prompts)[0] == 2
            tool.close()
            tool.close()
            assert becomes(lambda: "editenv-remote" not in threads())


def test_a_close_in_another_thread_ends_a_call():
    before = threads(), open_files()
    with Server(faults=Faults(1.0, ["hang"])) as server:
        tool = ImagesEditTool(server.url)
        timer = threading.Timer(0.3, tool.close)
        timer.start()
        failures = tool.apply_prompted(*batch(3))
        timer.join()
    assert {(failure.kind, failure.component) for failure in failures} == {
        ("error", f"tool:{tool.name}")
    }
    assert nothing_is_left(before)


@pytest.fixture
def interrupts():
    """A process that was started in the background ignores them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_calls(interrupts):
    with Server(faults=Faults(1.0, ["hang"])) as server:
        tool = ImagesEditTool(server.url, limits=Limits(attempts=1))
        at_once, end = tool.client.limits.concurrency, time.monotonic() + 60.0

        def interrupt():
            while server.count() < at_once and time.monotonic() < end:
                time.sleep(0.02)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            tool.apply_prompted(*batch(20))
        interrupter.join()
        tool.close()
        assert server.count() == at_once
