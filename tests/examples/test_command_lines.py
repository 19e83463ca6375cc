"""Every command line: help does nothing but help, bad input is one line and status 2."""

import importlib.util
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("examples", "scripts", "benchmarks")
# Ray is in an environment of its own, in which tests/libraries/test_ray_rllib.py runs this one.
MISSING = set() if importlib.util.find_spec("ray") else {"train_rllib.py"}
FILES = sorted(
    path.relative_to(ROOT)
    for folder in FOLDERS
    for path in (ROOT / folder).glob("*.py")
    if "__main__" in path.read_text() and path.name not in MISSING
)

BAD = [
    "examples/train_ppo.py --num-envs 0",
    "examples/train_ppo.py --steps many",
    "examples/train_ppo.py --resume --out none",
    "examples/train_ppo.py --resume --out .",
    "examples/train_ppo.py --out file",
    "examples/train_ppo.py --tasks folder:none",
    "examples/train_grpo.py --tools none",
    "examples/train_team.py --from-scratch --tasks none",
    "examples/train_coordinator.py --tasks folder:none",
    "examples/train_grpo_vlm.py --tasks none",
    "examples/train_grpo.py --group-size 1",
    "examples/train_grpo.py --resume --out none",
    "examples/train_team.py --num-envs 0",
    "examples/train_team.py --resume --out none",
    "examples/train_team.py --out file",
    "examples/train_team.py --minutes 5",
    "examples/train_team.py --minutes 0 1 1",
    "examples/train_team.py --learned critic",
    "examples/train_team.py --coordinator none",
    "examples/train_team.py --from-scratch --width 32",
    "examples/train_coordinator.py --num-envs 0",
    "examples/train_develop.py --num-envs 0",
    "examples/train_develop.py --gamma 1",
    "examples/train_develop.py --out file",
    "examples/train_coordinator.py --out file",
    "examples/train_grpo_vlm.py --num-groups 0",
    "examples/train_grpo_vlm.py --resume --out none",
    "examples/train_grpo_vlm.py --out file",
    "examples/trl_grpo.py --group 1",
    "examples/beam_search.py --model none.zip",
    "examples/evaluate.py --policy none.zip",
    "examples/evaluate.py --json none/figures.json",
    "examples/collect_demonstrations.py --episodes 0",
    "examples/pettingzoo_aec.py --seed -1",
    "scripts/borderline_sheet.py none/sheet.png",
    "scripts/publish.py none",
    "scripts/score_small_vlm.py --model none",
    "scripts/sliders_sheet.py none/sheet.png",
    "scripts/team_filmstrip.py none/strip.png",
    "scripts/wrong_calls.py --id ImageEdit-v0 --sheet none/sheet.png",
    "scripts/train_image_encoder.py --steps 0",
    "benchmarks/sliders.py --model none",
    "benchmarks/soak.py --rounds 0",
    "benchmarks/team_diagnosis.py members --team none",
    "benchmarks/throughput.py --json none/figures.json",
]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a file in an empty folder; return status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def call(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *arguments])
        monkeypatch.syspath_prepend(str((ROOT / path).parent))
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / path), run_name="__main__")
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


@pytest.mark.parametrize("path", FILES, ids=str)
def test_help_does_nothing_but_help(run, tmp_path, path):
    status, said, _ = run(path, "--help")
    assert status == 0
    assert said.startswith("usage: ") and "Traceback" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", FILES, ids=str)
def test_an_unknown_argument_is_one_line_and_status_2(run, path):
    status, _, said = run(path, "--nonsense")
    assert status == 2
    assert said.startswith(path.name) and len(said.splitlines()) == 1


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_one_line_and_status_2(run, tmp_path, line):
    (tmp_path / "file").touch()
    path, *arguments = line.split()
    status, _, said = run(Path(path), *arguments)
    assert status == 2
    assert len(said.splitlines()) == 1, said
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
