"""A budget is never overspent."""

import copy
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from remote.calls import FAST, batch
from remote.faults import Faults
from remote.server import Server

from editenv.failure import Failure
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.remote import Budget, Limits, default_budget
from editenv.models.remote_tools import ImagesEditTool
from editenv.models.remote_tools.settings import Settings
from editenv.tools import Cost, Edited

PRICED = Settings(costs=Cost(seconds=1, money=0.1))


@pytest.mark.parametrize("path", [None, "ledger"])
def test_64_calls_at_once_against_a_budget_of_50(path, tmp_path):
    budget = Budget(calls=50, path=path and tmp_path / path)
    images, masks, options, prompts = batch(64)
    with Server(delay=0.01) as server:
        tool = ImagesEditTool(server.url, limits=Limits(concurrency=64), budget=budget)
        edits = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
        assert server.count() == 50
    assert sum(isinstance(edited, Edited) for edited in edits) == 50
    failures = [edited for edited in edits if isinstance(edited, Failure)]
    assert {(failure.kind, failure.attempts) for failure in failures} == {("budget", 0)}
    assert budget.spent.calls == 50


def test_tool_and_chat_in_many_threads_share_one_budget():
    budget = Budget(calls=50)
    images, masks, options, prompts = batch(1)
    text = [{"role": "user", "content": "x"}]
    with Server(delay=0.005) as server:
        tool = ImagesEditTool(server.url, budget=budget)
        model = EndpointChatModel(server.url + "#m", budget=budget)
        with ThreadPoolExecutor(8) as pool:
            for n in range(64):
                if n % 2:
                    pool.submit(tool.apply_prompted, images, masks, options, prompts)
                else:
                    pool.submit(model.complete, [text])
        tool.close()
        model.close()
        assert server.count() == 50


def test_attempts_count_and_money_is_never_overspent():
    budget = Budget(money=3.0)
    images, masks, options, prompts = batch(60)
    with Server(faults=Faults(0.4, ["server_error", "reset", "truncated"])) as server:
        tool = ImagesEditTool(server.url, limits=FAST, budget=budget, settings=PRICED)
        edits = tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    # Each of these may be billed, so 3.0 buys 30 attempts.
    assert server.count() == budget.spent.calls == 30
    assert budget.spent.money == 3.0
    spent = [edited for edited in edits if isinstance(edited, Failure) and edited.kind == "budget"]
    assert len(spent) >= 30


def test_what_the_server_did_not_do_costs_nothing():
    budget = Budget(money=3.0)
    images, masks, options, prompts = batch(5)
    limits = Limits(attempts=2, backoff=0.01, longest_wait=0.05)
    with Server(faults=Faults(1.0, ["rate_limit"])) as server:
        tool = ImagesEditTool(server.url, limits=limits, budget=budget, settings=PRICED)
        edits = tool.apply_prompted(images, masks, options, prompts)
    assert {edited.kind for edited in edits} == {"rate_limit"}
    assert (budget.spent.money, budget.spent.calls) == (0.0, 10)
    edits = tool.apply_prompted(images, masks, options, prompts)
    tool.close()
    assert {edited.kind for edited in edits} == {"connection"}
    assert (budget.spent.money, budget.spent.calls) == (0.0, 10)


def test_ten_times_a_tenth_is_one():
    budget = Budget(money=1.0)
    assert all(budget.reserve(0.1) for _ in range(10))
    assert budget.reserve(1e-9) is None
    assert budget.spent.money == 1.0


def test_a_reservation_settles_once():
    budget = Budget(money=1.0, calls=5)
    reservation = budget.reserve(0.8)
    assert reservation is not None and budget.reserve(0.3) is None
    reservation.settle(0.2)
    reservation.settle(0.9)
    reservation.release()
    assert (budget.spent.money, budget.spent.calls) == (0.2, 1)
    other = budget.reserve(0.8)
    assert other is not None
    other.release()
    assert (budget.spent.money, budget.spent.calls) == (0.2, 1)


def test_a_crash_forgets_nothing(tmp_path):
    path = tmp_path / "ledger"
    code = (
        "import os, sys; from editenv.models.remote import Budget;"
        "b = Budget(money=1, path=sys.argv[1]);"
        "b.reserve(0.25).settle(0.125); b.reserve(0.5); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 9
    budget = Budget(money=1, path=path)
    assert (budget.spent.money, budget.spent.calls) == (0.625, 2)
    assert budget.reserve(0.5) is None


def test_processes_share_a_file(tmp_path):
    path = tmp_path / "ledger"
    code = (
        "import sys; from editenv.models.remote import Budget;"
        "b = Budget(calls=100, path=sys.argv[1]);"
        "print(sum(b.reserve() is not None for _ in range(60)))"
    )
    command = [sys.executable, "-c", code, str(path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    made = [json.loads(worker.communicate()[0]) for worker in workers]
    assert sum(made) == 100
    assert Budget(path=path).spent.calls == 100


def test_copies_are_the_same_budget(tmp_path):
    budget = Budget(calls=1)
    assert copy.deepcopy(budget) is budget and copy.copy(budget) is budget
    with pytest.raises(ValueError, match="path=FILE"):
        pickle.dumps(budget)
    kept = Budget(calls=1, path=tmp_path / "ledger")
    assert kept.reserve() is not None
    assert pickle.loads(pickle.dumps(kept)).reserve() is None


def test_the_budget_of_the_process(monkeypatch):
    assert default_budget() is None
    monkeypatch.setenv("EDITENV_BUDGET_CALLS", "17")
    budget = default_budget()
    assert budget is not None and budget is default_budget()
    assert (budget.calls, budget.money) == (17, None)
    monkeypatch.setenv("EDITENV_BUDGET_MONEY", "much")
    with pytest.raises(ValueError, match="EDITENV_BUDGET_MONEY='much'"):
        default_budget()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"money": -1}, "money=-1"),
        ({"money": float("nan")}, "money=nan"),
        ({"calls": 1.5}, "calls=1.5"),
        ({"calls": True}, "calls=True"),
        ({"path": "/no/such/folder/ledger"}, "must lie in a folder that exists"),
    ],
)
def test_wrong_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        Budget(**arguments)
