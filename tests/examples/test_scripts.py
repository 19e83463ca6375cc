"""The short examples, run as a user runs them."""

import subprocess
import sys
from pathlib import Path

import pytest
from editenv_policies.sb3.models import make_model
from editenv_policies.sb3.vec_env import make_sb3_vec_env

ROOT = Path(__file__).parents[2]


def run(script, *arguments):
    command = [sys.executable, f"examples/{script}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", [0, 1])
def test_a_team_plays_by_chance(seed):
    said = run("pettingzoo_aec.py", "--env", "ImageEdit-Direct-v0", "--seed", seed)
    for role in ("interpreter", "grounder", "selector", "editor", "critic"):
        assert f"{role}_0" in said
    assert said.splitlines()[-1] in ("solved", "not solved")


def test_search_by_chance():
    said = run("beam_search.py", "--smoke")
    assert "best of 4, random calls, rewards" in said
    assert "beam search, random calls, rewards" in said


def test_search_with_a_policy(tmp_path):
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 2, seed=0)
    make_model("ppo", env, seed=0, smoke=True).save(tmp_path / "model.zip")
    said = run("beam_search.py", "--smoke", "--model", tmp_path / "model.zip")
    for judge in ("critic", "rewards"):
        assert f"beam search, policy's calls, {judge}" in said
