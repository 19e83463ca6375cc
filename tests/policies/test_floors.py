"""The floors of an id: constants are found, rows are kept, a run goes on where it stopped."""

import importlib
import json
import sys

import gymnasium
import pytest
from editenv_policies.evaluation import Evaluation, evaluate
from editenv_policies.floors import run as floors_run
from editenv_policies.floors.constants import Constant, ConstantActor, search_constants
from editenv_policies.floors.rows import Row, RowFile, as_markdown
from editenv_policies.floors.settings import TITLES, FloorSettings, fingerprint_of
from gymnasium.error import DependencyNotInstalled

from editenv import cli
from editenv.tasks import make_tasks
from editenv.types import ToolCall

RETOUCH = "ImageEdit-Retouch-v0"
QUICK = ["--id", RETOUCH, "--episodes", "4", "--search-tasks", "2", "--train-episodes", "2"]


class OneTask:
    """A source with one task, in which the same calls are always right."""

    def __init__(self, size, edits):
        source = make_tasks("retouch", split="train", height=size, width=size)
        self.task = next(
            t for t in map(source.__getitem__, range(200)) if len(t.sub_edits) == edits
        )

    def sample(self, rng):
        return self.task

    def __getitem__(self, index):
        return self.task


def environment(**kwargs):
    return gymnasium.make(RETOUCH, disable_env_checker=True, **kwargs)


def planted(edits):
    size = gymnasium.make(RETOUCH).observation_space["image"].shape[0]
    return environment(tasks=OneTask(size, edits))


@pytest.mark.parametrize("edits", [1, 2])
def test_a_planted_constant_is_found_and_solves_everything(edits):
    env = planted(edits)
    best, *rest = search_constants(env, 3, 0, progress=False)
    assert len(best.calls) == edits
    assert best.solved == best.tasks == 3
    assert len(rest) == 2 and rest[-1].rank <= rest[0].rank <= best.rank
    assert evaluate(ConstantActor(best.calls), env, 2).rate == 1.0
    assert not evaluate(ConstantActor(()), env, 2).rate


def test_different_tasks_have_no_constant():
    env = environment()
    found = search_constants(env, 12, 0, longest=1, progress=False)
    assert {len(constant.calls) for constant in found} == {0, 1}
    assert found[0].solved < 12
    with pytest.raises(ValueError, match="search_tasks=0"):
        search_constants(env, 0, 0)


def test_constants_read_as_they_are_called():
    constant = Constant((ToolCall("deblur", 0, 1),), 1, 0.5, 2)
    assert str(constant) == "deblur(0, 1), submit"
    assert constant.rank == (0.5, 0.5)


def row(name="random", episodes=10, **settings):
    return Row(
        name, {"id": "x", **settings}, Evaluation(3, episodes, 1.0, 2.0), 0.5, {"calls": "a"}
    )


def test_rows_are_found_by_name_and_settings_again(tmp_path):
    path = tmp_path / "deep" / "floors.json"
    RowFile(path).add(row(seed=0))
    again = RowFile(path)
    assert again.find("random", {"id": "x", "seed": 0}) == row(seed=0)
    assert again.find("random", {"id": "x", "seed": 1}) is None
    assert again.find("oracle", {"id": "x", "seed": 0}) is None
    again.add(row("oracle"))
    saved = json.loads(path.read_text())
    assert [one["name"] for one in saved["rows"]] == ["random", "oracle"]
    assert saved["rows"][0]["interval"] == [round(x, 4) for x in row().score.interval]
    assert [file.name for file in path.parent.iterdir()] == ["floors.json"]


def test_a_file_of_something_else_is_left_alone(tmp_path):
    path = tmp_path / "other.json"
    path.write_text('{"scores": []}')
    with pytest.raises(ValueError, match="no rows of floors"):
        RowFile(path)
    assert cli.main(["floors", *QUICK, "--json", str(path)]) == 2
    assert path.read_text() == '{"scores": []}'


def test_every_row_depends_on_what_its_figures_depend_on():
    plain, other = FloorSettings("x"), FloorSettings("x", train_episodes=1, minutes=1.0)
    for name in TITLES:
        same = plain.of_row(name, "f") == other.of_row(name, "f")
        assert same == (name in ("random", "constant", "pipeline", "oracle")), name
        assert plain.of_row(name, "f") != plain.of_row(name, "g")


def test_another_environment_has_another_fingerprint():
    found = [fingerprint_of(environment(split=split), 0) for split in ("test", "test", "train")]
    assert found[0] == found[1] != found[2]


@pytest.fixture
def counted(monkeypatch):
    """Names of the rows that are measured."""
    measured, original = [], floors_run.Floors.measure

    def measure(self, name):
        measured.append(name)
        return original(self, name)

    monkeypatch.setattr(floors_run.Floors, "measure", measure)
    return measured


def test_the_command_measures_every_row_once(tmp_path, capsys, counted):
    path = tmp_path / "floors.json"
    command = ["floors", *QUICK, "--minutes", "0.02", "--json", str(path)]
    assert cli.main([*command, "--rows", "random", "clone"]) == 0
    assert counted == ["random", "clone"]
    assert cli.main(command) == 0
    assert counted[2:] == [name for name in TITLES if name not in ("random", "clone")]
    table = capsys.readouterr().out
    for title in TITLES.values():
        assert f"| {title}" in table
    saved = json.loads(path.read_text())
    assert sorted(one["name"] for one in saved["rows"]) == sorted(TITLES)
    made_by = saved["rows"][0]["made_by"]
    assert made_by["versions"]["torch"]
    assert made_by["command"].startswith(f"editenv floors --id {RETOUCH} --episodes 4 ")
    count = len(counted)
    assert cli.main(command) == 0
    assert len(counted) == count
    assert cli.main([*command, "--seed", "1", "--rows", "random", "oracle"]) == 0
    assert counted[count:] == ["random"]


def test_stopping_keeps_what_was_measured(tmp_path, monkeypatch, capsys):
    def stop(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(floors_run.Floors, "_constant", stop)
    path = tmp_path / "floors.json"
    assert cli.main(["floors", *QUICK, "--json", str(path)]) == 130
    assert [one["name"] for one in json.loads(path.read_text())["rows"]] == ["random"]
    assert "has what was measured" in capsys.readouterr().err


def test_unknown_rows_are_named(capsys):
    assert cli.main(["floors", *QUICK, "--rows", "magic"]) == 2
    assert "rows='magic'" in capsys.readouterr().err


def test_a_missing_torch_is_told_with_the_command(monkeypatch):
    original = importlib.import_module

    def missing(name, *args):
        if name == "torch":
            raise ImportError("No module named 'torch'")
        return original(name, *args)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(DependencyNotInstalled, match=r'pip install "editenv\[sb3\]"'):
        cli.main(["floors", *QUICK])


def test_other_commands_do_not_import_this_one():
    sys.modules.pop("editenv_policies.floors.command", None)
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "editenv_policies.floors.command" not in sys.modules


def test_the_table_has_a_line_a_row():
    lines = as_markdown(
        FloorSettings("ImageEdit-v0"), [row("constant"), row("oracle")]
    ).splitlines()
    assert len(lines) == 6
    assert lines[-2].startswith("| best constant sequence: `a` | 30.0 % [10.8, 60.3] |")
