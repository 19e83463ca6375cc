"""Several seeds together: interquartile means, bootstrap intervals, tables."""

import json
import subprocess
import sys

import numpy as np
import pytest
from editenv_policies.aggregate import bootstrap_interval, interquartile_mean
from hypothesis import given
from hypothesis import strategies as st

RETOUCH = "ImageEdit-Retouch-v0"


@pytest.mark.parametrize(
    ("values", "middle"),
    [
        ([0.7], 0.7),
        ([0.2, 0.4], 0.3),
        ([0.0, 0.5, 0.9], (0.25 * 0.0 + 0.5 + 0.25 * 0.9) / 1.5),
        ([9.0, 1.0, 2.0, -5.0], 1.5),
        ([8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 4.5),
    ],
)
def test_the_middle_half_counts(values, middle):
    assert interquartile_mean(np.array(values)) == pytest.approx(middle)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12), st.floats(-10, 10))
def test_it_moves_with_the_values_and_lies_among_them(values, more):
    values = np.array(values)
    middle = interquartile_mean(values)
    assert values.min() - 1e-9 <= middle <= values.max() + 1e-9
    assert interquartile_mean(values + more) == pytest.approx(middle + more)


def test_an_interval_covers_what_it_should():
    """Of 200 experiments with three seeds, about 95 % hold the true share."""
    rng, held = np.random.default_rng(0), 0
    for seed in range(200):
        difficulty = rng.uniform(0.3, 0.9, size=300)
        low, high = bootstrap_interval(rng.random((3, 300)) < difficulty, seed)
        held += low <= 0.6 <= high
    assert 180 <= held <= 200


def test_seeds_that_differ_widen_the_interval():
    tasks = np.random.default_rng(0).random(400)
    alike = np.stack([tasks < 0.5] * 3)
    apart = np.stack([tasks < share for share in (0.2, 0.5, 0.8)])
    widths = [np.ptp(bootstrap_interval(solved)) for solved in (alike, apart)]
    assert widths[1] > 2 * widths[0]


def run_of(folder, seed, solved, environment="abc"):
    folder.mkdir()
    results = {"env": RETOUCH, "seed": seed, "environment": environment}
    results["held_out"] = {"tasks": len(solved)}
    (folder / "results.json").write_text(json.dumps(results))
    (folder / "outcomes.json").write_text(json.dumps({"clone": [[s, 1.0, 3] for s in solved]}))
    return folder


def test_runs_are_taken_in_once_and_make_a_table(request, tmp_path):
    def command(*words):
        script = request.config.rootpath / "benchmarks" / "results.py"
        outcomes = tmp_path / "outcomes.json"
        arguments = [sys.executable, script, *words, "--outcomes", outcomes]
        return subprocess.run(arguments, capture_output=True, text=True, cwd=script.parent.parent)

    first = run_of(tmp_path / "first", 0, [True, True, False, False])
    second = run_of(tmp_path / "second", 1, [True, True, True, False])
    table = tmp_path / "results.md"
    for runs in ((first, second), (first,)):
        done = command(*runs, "--write", table)
        assert done.returncode == 0, done.stderr
    assert "| clone | 62.5 % [" in table.read_text() and "| 2 | 50.0, 75.0 |" in table.read_text()
    assert "| random | 0.7 % [0.2, 2.4] | 300 | 1 | |" in table.read_text()
    for number, (solved, environment) in enumerate([([True], "abc"), ([True] * 4, "other")]):
        other = command(run_of(tmp_path / f"other{number}", 2, solved, environment))
        assert other.returncode == 2 and "the others of its id played" in other.stderr
