"""The simulation of ``benchmarks/ray_scaling.py``, where its result is known."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "ray_scaling.py"


@pytest.fixture(scope="module")
def scaling():
    spec = importlib.util.spec_from_file_location("ray_scaling", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["ray_scaling"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["ray_scaling"]


@pytest.fixture
def costs(scaling):
    return scaling.Costs(step=0.01, learn=0.002, call=0.001, serve=0.0005)


def test_one_worker_waits_for_everything(scaling, costs):
    found = scaling.simulate_editor(1, scaling.Editor(0.5, 0.1), costs, wait=0.005)
    assert found.rate == pytest.approx(1 / (0.01 + 0.005 + 0.6 + 0.001), rel=0.01)
    assert found.batch == 1 and found.refused == 0


def test_many_workers_fill_the_batches(scaling, costs):
    found = scaling.simulate_editor(128, scaling.Editor(0.5, 0.1), costs, batch_size=16)
    assert found.batch == pytest.approx(16, rel=0.01)
    assert found.rate == pytest.approx(16 / (0.5 + 16 * 0.1), rel=0.02)


def test_where_the_editor_takes_nothing_the_actor_is_the_limit(scaling, costs):
    found = scaling.simulate_editor(256, scaling.Editor(0.0, 0.0), costs)
    assert found.rate == pytest.approx(1 / 0.0005, rel=0.05)


def test_a_short_queue_refuses(scaling, costs):
    assert scaling.simulate_editor(64, scaling.Editor(0.5, 0.1), costs, queue=8).refused > 0.5


def test_the_learner_is_the_limit_in_the_end(scaling, costs):
    assert scaling.simulate_learner(1, costs) == pytest.approx(1 / 0.012)
    assert scaling.simulate_learner(10**6, costs, 4096) == pytest.approx(
        4096 / (0.01 + 4096 * 0.002)
    )


def test_where_it_stops(scaling):
    rates = [min(workers, 20) for workers in scaling.WORKERS]
    assert scaling.stops_at(rates) == 32
    # Two that wait for each other in turn are no faster than one, four are.
    assert scaling.stops_at([1, 1, *rates[2:]]) == 32
    assert scaling.stops_at([1] * len(rates)) == 1
    assert scaling.stops_at(scaling.WORKERS) == scaling.WORKERS[-1]
