"""The team's recipe: all outputs, the same after a stop in any stage, and what it refuses."""

import json
import runpy
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from editenv_policies.evaluation import HELD_OUT_SEED
from editenv_policies.team import TeamLearner, load_team
from editenv_policies.team.actor import play_side_by_side
from editenv_policies.team.buffer import RoundBuffer
from editenv_policies.team.imitation import TeamClone
from editenv_policies.team.imitation.collect import make_team_env
from editenv_policies.team.recipe import TeamRecipe, run, stages
from editenv_policies.team.shipped import env_of, publish_team

from editenv.agents import ROLES

ROOT = Path(__file__).parents[2]
SMALL = TeamRecipe(
    env="ImageEdit-Direct-v0",
    coordinator=None,
    demonstrations=12,
    minutes=(5.0, 5.0, 5.0),
    rounds=48,
    episodes=4,
    num_envs=4,
    width=16,
    seed=0,
    threads=1,
    smoke=True,
)
"""Its limits of time are never reached, so that nothing depends on the machine."""


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken")
    run(SMALL, out)
    return out


def weights(folder):
    network = TeamClone.load(folder).network
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def steps(out):
    return [json.loads(line)["steps"] for line in (out / "curve.jsonl").open()]


def test_a_run_writes_all_its_outputs(unbroken):
    saved = json.loads((unbroken / "results.json").read_text())
    names = {SMALL.start, SMALL.end, "scripted team", "oracle team"}
    assert set(saved["scores"]) == names
    assert saved["paired"]["first"] == SMALL.start and saved["paired"]["tasks"] == 4
    assert saved["notes"]["demonstrations"] == 12 and saved["notes"]["rounds"] >= 48
    assert set(saved["notes"]["losses"]) == set(ROLES)
    assert saved["command"] == SMALL.command and str(unbroken) not in json.dumps(saved)
    for name in ("curve.png", "curve.jsonl", "team.zip", "outcomes.json", "report.html"):
        assert (unbroken / name).stat().st_size > 0, name
    assert not (unbroken / "demonstrations").exists()
    assert not torch.equal(weights(unbroken / "clone"), weights(unbroken / "team"))
    with pytest.raises(ValueError, match="--resume"):
        run(SMALL, unbroken)


def test_a_run_that_was_stopped_in_every_stage_equals_an_unbroken_one(
    tmp_path, monkeypatch, unbroken
):
    for stage, leaves in (
        ("collect_into", "recipe.json"),
        ("train", "demonstrations"),
        ("learner_from", "clone/model.json"),
        ("save_curve", "team/model.json"),
    ):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(stages, stage, _stop)
            run(SMALL, tmp_path, resume=True)
        assert (tmp_path / leaves).exists(), stage
    with pytest.raises(ValueError, match=r"seed=1, but the run in .* has 0"):
        run(replace(SMALL, seed=1), tmp_path, resume=True)
    with monkeypatch.context() as patch:
        for stage in ("collect_into", "train"):
            patch.setattr(stages, stage, _stop)
        run(SMALL, tmp_path, resume=True)
    for name in ("clone", "team"):
        assert torch.equal(weights(tmp_path / name), weights(unbroken / name)), name
    assert steps(tmp_path) == steps(unbroken)
    outcomes = [(out / "outcomes.json").read_text() for out in (tmp_path, unbroken)]
    assert outcomes[0] == outcomes[1]


def _stop(*arguments, **keywords):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"env": "CartPole-v1"}, "env='CartPole-v1': choose from"),
        ({"rounds": 0}, "rounds=0 must be at least 1"),
        ({"minutes": (1.0, 0.0, 1.0)}, r"minutes=.*above 0"),
        ({"width": 10}, "width=10 must be a multiple of 4"),
        ({"seed": 100}, "seed=100 must be from 0 to 99"),
    ],
)
def test_bad_arguments_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        replace(SMALL, **change)


def test_the_command_line_repeats_a_run(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "editenv_policies.team.recipe.run", lambda recipe, out, **_: seen.append(recipe)
    )
    recipe = replace(SMALL, smoke=False)
    words = recipe.command.split()[1:]
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", [*words, "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(words[0], run_name="__main__")
    assert not ended.value.code and seen == [recipe]


def make_team():
    return make_team_env("ImageEdit-Direct-v0", image_size=64, max_cycles=2)


def test_batches_hold_whole_rounds_and_every_turn_once():
    learner = TeamLearner(make_team, num_envs=3, n_steps=4, n_epochs=1)
    learner._collector.collect(learner.models)
    buffer = learner.models["critic_0"].rollout_buffer
    assert isinstance(buffer, RoundBuffer)
    turns = 0
    for batch in buffer.get(20):
        roles = batch.observations["role"].argmax(1).view(-1, len(ROLES))
        assert (roles == torch.arange(len(ROLES))).all()
        images = batch.observations["image"].view(-1, len(ROLES), 3, 64, 64)
        assert (images[:, :4] == images[:, :1]).all()
        turns += len(batch.actions)
    assert turns == 3 * 4 * len(ROLES)


def test_what_is_read_once_is_what_everyone_would_have_read():
    policy = TeamLearner(make_team, num_envs=1, n_steps=4).models["critic_0"].policy
    env = make_team()
    env.reset(seed=0)
    rows = []
    for action in (1, 1, 0, 0, 0):
        rows.append(env.observe(env.agent_selection))
        env.step(action)
    batch = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    together, _ = policy.obs_to_tensor(batch)
    policy.set_training_mode(False)
    found = policy.extract_features(together)
    with torch.no_grad():
        for number, row in enumerate(rows):
            alone = policy.extract_features(policy.obs_to_tensor(row)[0])[0]
            torch.testing.assert_close(found[number], alone, rtol=1e-4, atol=1e-5)


def test_a_published_team_is_loaded_by_its_id_and_decides_as_the_run_left_it(unbroken, tmp_path):
    place = publish_team(unbroken, tmp_path)
    assert {file.name for file in place.iterdir()} == {"team.safetensors", "team.json", "team.md"}
    assert SMALL.command in (place / "team.md").read_text()
    loaded, left = load_team(SMALL.env, tmp_path), TeamClone.load(unbroken / "clone")
    with closing(env_of(loaded, split="test")) as env:
        env.reset(seed=0)
        seen = env.observe(env.agent_selection)
        assert loaded.predict(seen)[0] == left.predict(seen)[0]
    pairs = zip(loaded.network.parameters(), left.network.parameters(), strict=True)
    for one, other in pairs:
        largest = other.abs().amax(-1, keepdim=True) if other.ndim else other.abs()
        # Half a step of eight bits.
        assert ((one - other).abs() <= 0.005 * largest + 1e-6).all()


def test_teams_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(ValueError, match="name='nothing' has no trained team: there are"):
        load_team("nothing")
    with pytest.raises(ValueError, match="is not finished"):
        publish_team(tmp_path, tmp_path)


def test_the_team_that_comes_with_the_package_solves_far_more_than_the_scripted_one():
    team = load_team("ImageEdit-v0")
    with ExitStack() as stack:
        envs = [stack.enter_context(closing(env_of(team, split="test"))) for _ in range(8)]
        outcomes = play_side_by_side(team, envs, range(HELD_OUT_SEED, HELD_OUT_SEED + 32))
    assert sum(outcome.solved for outcome in outcomes) >= 16, "the scripted one solves an eighth"
