"""The recipe: all outputs, the same after a stop in any stage, and what it refuses."""

import importlib.util
import json
import math
from dataclasses import replace

import pytest
import torch
from editenv_policies.comparison import Paired, compare
from editenv_policies.evaluation import Outcome
from editenv_policies.imitation import Clone
from editenv_policies.recipe import CoordinatorRecipe, run, stages

SMALL = CoordinatorRecipe(
    env="ImageEdit-Retouch-v0",
    algo="maskable",
    from_scratch=False,
    data=None,
    demonstrations=6,
    minutes=(1.0, 0.02, 1.0),
    steps=200,
    episodes=4,
    num_envs=8,
    width=16,
    seed=0,
    threads=1,
    smoke=True,
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("algo", ["maskable", "grpo"])
@pytest.mark.parametrize("from_scratch", [False, True])
def test_a_run_writes_all_its_outputs(tmp_path, algo, from_scratch):
    recipe = replace(SMALL, algo=algo, from_scratch=from_scratch)
    results = run(recipe, tmp_path)
    saved = json.loads((tmp_path / "results.json").read_text())
    assert json.loads(json.dumps(results)) == saved
    assert set(saved["scores"]) == {recipe.start, recipe.end, "pipeline", "oracle"}
    assert saved["paired"]["tasks"] == 4 and saved["paired"]["first"] == recipe.start
    assert ("demonstrations" in saved["notes"]) != from_scratch
    assert saved["notes"]["rl_steps"] >= 200
    assert recipe.command == saved["command"] and str(tmp_path) not in json.dumps(saved)
    for name in ("curve.png", "curve.jsonl", "model.zip", "outcomes.json", "report.html"):
        assert (tmp_path / name).stat().st_size > 0, name
    assert not (tmp_path / "demonstrations").exists()
    before, after = (Clone.load(tmp_path / name).network for name in ("clone", "coordinator"))
    pairs = zip(before.parameters(), after.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in pairs)
    with pytest.raises(ValueError, match="--resume"):
        run(recipe, tmp_path)


def test_a_run_that_was_stopped_in_every_stage_goes_on(tmp_path, monkeypatch):
    for stage, leaves in (
        ("collect_into", "recipe.json"),
        ("train", "demonstrations"),
        ("learner_from", "clone/model.json"),
        ("save_curve", "coordinator/model.json"),
    ):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(stages, stage, _stop)
            run(SMALL, tmp_path, resume=True)
        assert (tmp_path / leaves).exists(), stage
    with pytest.raises(ValueError, match=r"seed=1, but the run in .* has 0"):
        run(replace(SMALL, seed=1), tmp_path, resume=True)
    steps = [json.loads(line)["steps"] for line in (tmp_path / "curve.jsonl").open()]
    with monkeypatch.context() as patch:
        for stage in ("collect_into", "train"):
            patch.setattr(stages, stage, _stop)
        results = run(SMALL, tmp_path, resume=True)
    assert steps == [json.loads(line)["steps"] for line in (tmp_path / "curve.jsonl").open()]
    assert results["notes"]["rl_steps"] == steps[-1]
    # Nothing is left to do.
    again = run(replace(SMALL, threads=1), tmp_path, resume=True)
    assert again["scores"] == results["scores"]


def _stop(*arguments, **keywords):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"env": "CartPole-v1"}, "env='CartPole-v1': choose from"),
        ({"algo": "dqn"}, r"algo='dqn': choose from \['maskable', 'grpo'\]"),
        ({"steps": 0}, "steps=0 must be at least 1"),
        ({"minutes": (1.0, 0.0, 1.0)}, r"minutes=.*above 0"),
        ({"width": 10}, "width=10 must be a multiple of 4"),
        ({"seed": -1}, "seed=-1 must be from 0 to 99"),
        ({"algo": "grpo", "num_envs": 12}, "num_envs=12 must be a multiple of 8"),
        ({"data": "a/b-v0", "from_scratch": True}, "data='a/b-v0' cannot go with from_scratch"),
        ({"warm_start": "x", "from_scratch": True}, "warm_start='x' cannot go with from_scratch"),
    ],
)
def test_bad_arguments_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        replace(SMALL, **change)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"out=.*is a file"):
        run(SMALL, tmp_path / "file")


def test_the_command_line_gives_the_recipe_that_it_repeats(request, monkeypatch, tmp_path):
    path = request.config.rootpath / "examples" / "train_coordinator.py"
    spec = importlib.util.spec_from_file_location("train_coordinator", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = []
    monkeypatch.setattr(module, "run", lambda recipe, out, resume: made.append(recipe))
    recipe = replace(SMALL, algo="grpo", from_scratch=True)
    monkeypatch.setattr("sys.argv", recipe.command.split()[1:])
    module.main()
    assert made == [recipe]
    monkeypatch.setattr("sys.argv", ["train_coordinator.py", "--steps", "0"])
    with pytest.raises(SystemExit) as stopped:
        module.main()
    assert stopped.value.code == 2 and len(made) == 1


def outcomes(*solved):
    return [Outcome(bool(one), 0.0, 1) for one in solved]


def test_policies_are_compared_task_by_task():
    paired = compare(outcomes(1, 0, 0, 1, 0), outcomes(1, 1, 1, 0, 0))
    assert paired == Paired(tasks=5, gained=2, lost=1)
    assert paired.difference == pytest.approx(0.2)
    low, high = paired.interval
    assert -1 < low < 0.2 < high < 1
    with pytest.raises(ValueError, match="same tasks"):
        compare(outcomes(1), outcomes(1, 0))


def test_the_interval_covers_and_the_test_keeps_its_level():
    """Of two equal policies that disagree on a tenth of 200 tasks."""
    rng = torch.Generator().manual_seed(0)
    covered = rejected = 0
    for _ in range(1000):
        gained, lost = (int((torch.rand(200, generator=rng) < 0.05).sum()) for _ in range(2))
        paired = Paired(200, gained, lost)
        low, high = paired.interval
        covered += low <= 0 <= high
        rejected += paired.p_value < 0.05
    assert 0.93 <= covered / 1000 <= 0.985 and rejected / 1000 <= 0.05
    assert Paired(500, 0, 0).p_value == 1 and Paired(500, 0, 0).interval[1] > 0
    assert Paired(500, 60, 20).p_value == pytest.approx(
        2 * sum(math.comb(80, k) for k in range(21)) / 2**80
    )
