"""kill -9 in the middle of training, then on: bit for bit what an unbroken run gives."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

SCRIPT = Path(__file__).with_name("killed_run.py")
ROOT = Path(__file__).parents[3]


def start(folder, steps):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), str(steps)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{SCRIPT.parent}", "OMP_NUM_THREADS": "1"},
    )


def curve(folder):
    lines = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    return [{name: v for name, v in line.items() if name != "seconds"} for line in lines]


def test_killed_and_resumed_equals_unbroken(tmp_path):
    assert start(tmp_path / "whole", 10).wait() == 0
    process = start(tmp_path / "killed", 10_000)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 5:
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL
    assert start(tmp_path / "killed", 10).wait() == 0
    whole, killed = (
        load_file(tmp_path / name / "checkpoint.safetensors") for name in ("whole", "killed")
    )
    assert whole.keys() == killed.keys()
    assert all(torch.equal(value, killed[name]) for name, value in whole.items())
    assert curve(tmp_path / "whole") == curve(tmp_path / "killed")
    assert (tmp_path / "whole" / "rollouts.jsonl").read_text() == (
        tmp_path / "killed" / "rollouts.jsonl"
    ).read_text()
