"""``examples/train_rllib.py``: a run that is killed, and one that loses an environment runner."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "train_rllib.py"
SMALL = ["--env", "ImageEdit-Direct-v0", "--smoke", "--episodes", "2", "--batch-size", "64"]


@pytest.fixture
def start():
    """Start the example; it ends with the test."""
    started = []

    def call(out, *arguments):
        environment = {**os.environ, "RAY_worker_niceness": "0"}
        line = [sys.executable, str(EXAMPLE), *SMALL, "--out", str(out), *arguments]
        run = subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True)
        started.append(run)
        return run

    yield call
    for run in started:
        run.kill()
        run.wait()


def curve(out):
    path = out / "curve.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_killed_run_goes_on_from_its_checkpoint(start, tmp_path):
    run = start(tmp_path, "--steps", "1000000", "--save-every", "2")
    while len(curve(tmp_path)) < 3:
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.2)
    run.send_signal(signal.SIGKILL)
    run.wait()
    saved = sorted(path.name for path in (tmp_path / "checkpoints").glob("0*"))
    assert saved
    before = curve(tmp_path)[: int(saved[-1])]
    steps = before[-1]["steps"] + 100
    run = start(tmp_path, "--resume", "--steps", str(steps))
    assert run.wait() == 0, run.stderr.read()
    found = curve(tmp_path)
    assert found[: len(before)] == before
    assert [line["iteration"] for line in found] == [*range(1, len(before) + 3)]
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["steps"] == found[-1]["steps"] >= steps
    assert results["scores"]["pipeline"]["episodes"] == results["scores"]["rllib"]["episodes"] == 2


def test_a_run_that_changes_its_task_is_refused(start, tmp_path):
    (tmp_path / "arguments.json").write_text(json.dumps({"env": "ImageEdit-v0"}))
    run = start(tmp_path, "--resume")
    assert run.wait() == 2
    assert "--env ImageEdit-Direct-v0: the run in" in run.stderr.read()


def test_an_environment_runner_that_is_killed_is_replaced(cluster, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("train_rllib_example", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    line = [*SMALL, "--out", str(tmp_path), "--tools", "ray:blur", "ray:recolour"]
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), *line])
    algorithm = example.make_algorithm(example.parse_arguments())
    group = algorithm.env_runner_group

    def processes():
        return group.foreach_env_runner(lambda runner: os.getpid(), local_env_runner=False)

    progress = example.Progress(tmp_path)
    assert progress.advance(algorithm) >= 64
    first, second = processes()
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 300
    while first in (now := processes()) or len(now) < 2:
        assert time.monotonic() < end
        assert progress.advance(algorithm) > 0
    assert second in now
    assert progress.advance(algorithm) >= 64
    tool = example.gymnasium.make("editenv:ImageEdit-v0", tools=["ray:recolour"]).unwrapped.tools[0]
    assert tool.counts()["edits"] > 0
    algorithm.stop()
