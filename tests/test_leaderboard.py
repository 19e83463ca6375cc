"""The leaderboard takes what keeps the rules, and refuses the rest by name."""

import json
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "docs_site"))

from leaderboard import as_markdown, read  # noqa: E402

SCORE = {"successes": 400, "episodes": 500, "mean_return": 2.0, "mean_length": 3.0}
ENTRY = {
    "env": "ImageEdit-v0",
    "split": "test",
    "first_seed": 1_000_000,
    "tasks": 500,
    "environment": "abc",
    "policies": {"mine": SCORE},
    "about": {"mine": {"by": "A. Author", "kind": "learned", "command": "python train.py"}},
}
KNOWN = {"ImageEdit-v0": "abc"}


def written(folder, **changes):
    path = folder / "mine.json"
    path.write_text(json.dumps(ENTRY | changes))
    return path


def test_an_entry_is_read(tmp_path):
    (entry,) = read(written(tmp_path), dict(KNOWN))
    assert (entry.policy, entry.kind, entry.by) == ("mine", "learned", "A. Author")
    assert entry.score.rate == 0.8


BROKEN = {
    "env": "ImageEdit-v1",
    "split": "train",
    "first_seed": 0,
    "tasks": 100,
    "environment": "another",
    "about": {},
}


@pytest.mark.parametrize("field", BROKEN)
def test_a_broken_rule_is_named(tmp_path, field):
    with pytest.raises(ValueError, match=field):
        read(written(tmp_path, **{field: BROKEN[field]}), dict(KNOWN))


def test_fewer_episodes_than_tasks_are_refused(tmp_path):
    with pytest.raises(ValueError, match="played 499"):
        read(written(tmp_path, policies={"mine": SCORE | {"episodes": 499}}), dict(KNOWN))


def test_the_best_comes_first_beside_those_of_the_repository(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    shutil.copy(ROOT / "benchmarks" / "outcomes.json", tmp_path / "benchmarks")
    solved = json.loads((tmp_path / "benchmarks" / "outcomes.json").read_text())
    (tmp_path / "leaderboard").mkdir()
    written(tmp_path / "leaderboard", environment=solved["ImageEdit-v0"]["environment"])
    rows = as_markdown(tmp_path).split("### ImageEdit-v0")[1].splitlines()
    assert rows[4].startswith("| mine | learned | 80.0 % [")
    shown = [row.split(" | ")[0].removeprefix("| ") for row in rows[4:8]]
    assert set(shown) == {"mine", "clone", "clone, then PPO", "pipeline"}


def test_the_files_of_the_repository_keep_the_rules():
    assert as_markdown(ROOT).startswith("### ImageEdit-")
