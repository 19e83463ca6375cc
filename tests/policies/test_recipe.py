"""The recipes: all outputs, the same after a stop in any stage, and what they refuse."""

import importlib.util
import json
import math
from contextlib import closing
from dataclasses import replace

import editenv_policies
import pytest
import torch
from editenv_policies.comparison import Paired, compare
from editenv_policies.evaluation import Outcome
from editenv_policies.imitation.saved import SavedPolicy
from editenv_policies.recipe import CoordinatorRecipe, coordinator, run, settings, stages, team
from editenv_policies.recipe.publish import publish
from editenv_policies.recipe.team import TeamRecipe
from editenv_policies.team import load_team
from editenv_policies.team.shipped import env_of

COMMON = {
    "demonstrations": 6,
    "minutes": (5.0, 5.0, 5.0),
    "episodes": 4,
    "width": 16,
    "seed": 0,
    "threads": 1,
    "smoke": True,
}
"""Its limits of time are never reached, so that nothing depends on the machine."""

SMALL = CoordinatorRecipe(
    env="ImageEdit-Retouch-v0",
    algo="maskable",
    from_scratch=False,
    data=None,
    steps=200,
    num_envs=8,
    **COMMON,
)
TEAM = TeamRecipe(env="ImageEdit-Direct-v0", coordinator=None, rounds=48, num_envs=4, **COMMON)

RECIPES = {"coordinator": SMALL, "team": TEAM}
NOTES = {"coordinator": "rl_steps", "team": "rounds"}
CHECKPOINTS = {"coordinator": "model.zip", "team": "team.zip"}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=RECIPES)
def unbroken(request, tmp_path_factory):
    """The name of a recipe, and the folder of its run."""
    out = tmp_path_factory.mktemp(request.param)
    run(RECIPES[request.param], out)
    return request.param, out


def weights(recipe, folder):
    network = recipe.POLICY.load(folder).network
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def steps(out):
    return [json.loads(line)["steps"] for line in (out / "curve.jsonl").open()]


def check_outputs(recipe, out, kind):
    saved = json.loads((out / "results.json").read_text())
    assert set(saved["scores"]) == {recipe.start, recipe.end, recipe.SCRIPTED, recipe.ORACLE}
    assert saved["paired"]["tasks"] == 4 and saved["paired"]["first"] == recipe.start
    assert saved["notes"][NOTES[kind]] >= getattr(recipe, recipe.AMOUNT)
    assert recipe.command == saved["command"] and str(out) not in json.dumps(saved)
    for name in ("curve.png", "curve.jsonl", CHECKPOINTS[kind], "outcomes.json", "report.html"):
        assert (out / name).stat().st_size > 0, name
    assert not (out / "demonstrations").exists()
    assert not torch.equal(weights(recipe, out / "clone"), weights(recipe, out / recipe.FOLDER))
    return saved


def test_a_run_writes_all_its_outputs(unbroken):
    kind, out = unbroken
    saved = check_outputs(RECIPES[kind], out, kind)
    assert saved["notes"]["demonstrations"] == 6
    with pytest.raises(ValueError, match="--resume"):
        run(RECIPES[kind], out)


@pytest.mark.parametrize(
    ("algo", "from_scratch"), [("maskable", True), ("grpo", False), ("grpo", True)]
)
def test_every_other_way_to_train_writes_them_too(tmp_path, algo, from_scratch):
    recipe = replace(SMALL, algo=algo, from_scratch=from_scratch)
    results = run(recipe, tmp_path)
    saved = check_outputs(recipe, tmp_path, "coordinator")
    assert json.loads(json.dumps(results)) == saved
    assert ("demonstrations" in saved["notes"]) != recipe.from_scratch


def test_a_run_that_was_stopped_in_every_stage_equals_an_unbroken_one(
    tmp_path, monkeypatch, unbroken
):
    kind, whole = unbroken
    recipe, own = RECIPES[kind], {"coordinator": coordinator, "team": team}[kind]
    before = [(settings, "collect_into", "recipe.json"), (stages, "train", "demonstrations")]
    for where, stage, leaves in (
        *before,
        (own, "learner_from", "clone/model.json"),
        (SavedPolicy, "take_from", CHECKPOINTS[kind]),
    ):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(where, stage, _stop)
            run(recipe, tmp_path, resume=True)
        assert (tmp_path / leaves).exists(), stage
    with pytest.raises(ValueError, match=r"seed=1, but the run in .* has 0"):
        run(replace(recipe, seed=1), tmp_path, resume=True)
    with monkeypatch.context() as patch:
        for where, stage, _ in before:
            patch.setattr(where, stage, _stop)
        results = run(recipe, tmp_path, resume=True)
    for name in ("clone", recipe.FOLDER):
        assert torch.equal(weights(recipe, tmp_path / name), weights(recipe, whole / name)), name
    assert steps(tmp_path) == steps(whole)
    outcomes = [(out / "outcomes.json").read_text() for out in (tmp_path, whole)]
    assert outcomes[0] == outcomes[1]
    # Nothing is left to do.
    assert run(recipe, tmp_path, resume=True)["scores"] == results["scores"]


def _stop(*arguments, **keywords):
    raise KeyboardInterrupt


def test_a_published_policy_is_loaded_by_its_id_and_decides_as_the_run_left_it(unbroken, tmp_path):
    kind, out = unbroken
    recipe = RECIPES[kind]
    place = publish(out, tmp_path)
    card = {"coordinator": "card.md", "team": "team.md"}[kind]
    assert {file.name for file in place.iterdir()} == {f"{kind}.safetensors", f"{kind}.json", card}
    assert recipe.command in (place / card).read_text()
    load = {"coordinator": editenv_policies.load, "team": load_team}[kind]
    loaded, left = load(recipe.env, tmp_path), recipe.POLICY.load(out / "clone")
    for one, other in zip(loaded.network.parameters(), left.network.parameters(), strict=True):
        largest = other.abs().amax(-1, keepdim=True) if other.ndim else other.abs()
        # Half a step of eight bits.
        assert ((one - other).abs() <= 0.005 * largest + 1e-6).all()
    if kind == "team":
        with closing(env_of(loaded, split="test")) as env:
            env.reset(seed=0)
            seen = env.observe(env.agent_selection)
            assert loaded.predict(seen)[0] == left.predict(seen)[0]


ALL = [
    ({"env": "CartPole-v1"}, "env='CartPole-v1': choose from"),
    ({"minutes": (1.0, 0.0, 1.0)}, r"minutes=.*above 0"),
    ({"width": 10}, "width=10 must be a multiple of 4"),
    ({"seed": -1}, "seed=-1 must be from 0 to 99"),
]


@pytest.mark.parametrize(
    ("recipe", "change", "words"),
    [
        *((recipe, *bad) for recipe in RECIPES.values() for bad in ALL),
        (SMALL, {"algo": "dqn"}, r"algo='dqn': choose from \['maskable', 'grpo'\]"),
        (SMALL, {"steps": 0}, "steps=0 must be at least 1"),
        (SMALL, {"algo": "grpo", "num_envs": 12}, "num_envs=12 must be a multiple of 8"),
        (SMALL, {"data": "a/b-v0", "from_scratch": True}, "data='a/b-v0' cannot go with"),
        (SMALL, {"warm_start": "x", "from_scratch": True}, "warm_start='x' cannot go with"),
        (TEAM, {"rounds": 0}, "rounds=0 must be at least 1"),
    ],
)
def test_bad_arguments_are_named(recipe, change, words):
    with pytest.raises(ValueError, match=words):
        replace(recipe, **change)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"out=.*is a file"):
        run(SMALL, tmp_path / "file")


@pytest.mark.parametrize(
    "recipe", [replace(SMALL, algo="grpo", from_scratch=True), replace(TEAM, smoke=False)]
)
def test_the_command_line_gives_the_recipe_that_it_repeats(request, monkeypatch, recipe, tmp_path):
    path = request.config.rootpath / recipe.SCRIPT
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = []
    monkeypatch.setattr(module, "run", lambda recipe, out, resume: made.append(recipe))
    words = recipe.command.split()[1:]
    monkeypatch.setattr("sys.argv", [*words, "--out", str(tmp_path / "out")])
    module.main()
    assert made == [recipe]
    monkeypatch.setattr("sys.argv", [*words, f"--{recipe.AMOUNT}", "0"])
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
