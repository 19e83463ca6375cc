"""Trained coordinators: published from a run, loaded by id, evaluated by name."""

import importlib.util
import json
import shutil
from contextlib import ExitStack, closing

import editenv_policies
import gymnasium
import numpy as np
import pytest
import torch
from editenv_policies import trained
from editenv_policies.arguments import run_main
from editenv_policies.evaluation import HELD_OUT_SEED, Outcome
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation import Clone
from editenv_policies.named import player
from editenv_policies.recipe import CoordinatorRecipe, run
from editenv_policies.recipe import publish as publishing
from editenv_policies.recipe.publish import publish
from editenv_policies.sb3.models import make_model
from editenv_policies.sb3.vec_env import make_sb3_vec_env
from editenv_policies.standings import Standings
from editenv_policies.team import load_team
from editenv_policies.team.actor import play_side_by_side
from editenv_policies.team.shipped import env_of

RETOUCH = "ImageEdit-Retouch-v0"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a tiny run."""
    threads, out = torch.get_num_threads(), tmp_path_factory.mktemp("run")
    recipe = CoordinatorRecipe(
        env=RETOUCH,
        algo="maskable",
        from_scratch=False,
        data=None,
        demonstrations=4,
        minutes=(1.0, 0.02, 1.0),
        steps=200,
        episodes=3,
        num_envs=4,
        width=16,
        seed=0,
        threads=1,
        smoke=True,
    )
    run(recipe, out)
    torch.set_num_threads(threads)
    return out


@pytest.fixture(scope="module")
def shipped(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    publish(finished, folder)
    return folder


def test_a_published_coordinator_is_small_and_acts_as_the_run_left_it(finished, shipped):
    place = shipped / RETOUCH
    loaded, left = editenv_policies.load(RETOUCH, shipped), Clone.load(finished / "clone")
    envs = gymnasium.make_vec(RETOUCH, num_envs=3, split="test")
    seen, _ = envs.reset(seed=0)
    masks = envs.action_masks()
    # Its weights were rounded to eight bits.
    chances = [np.exp(policy.log_chances(seen, masks)) for policy in (loaded, left)]
    np.testing.assert_allclose(*chances, atol=5e-3)
    small, full = (
        sum(file.stat().st_size for file in folder.glob("*.safetensors"))
        for folder in (place, finished / "clone")
    )
    assert small < 0.6 * full


def test_the_card_says_how_it_was_made_and_what_it_does(finished, shipped):
    card = (shipped / RETOUCH / "card.md").read_text()
    results = json.loads((finished / "results.json").read_text())
    for words in (results["command"], results["environment"], "| clone, then PPO |", "seed: 0"):
        assert words in card
    assert str(finished) not in card and "{" not in card
    assert 'What lies here is "clone".' in card


def test_fine_tuning_is_published_where_it_is_shown_to_lift(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    results = json.loads((run / "results.json").read_text())
    for interval, stage in (([-0.01, 0.2], "clone"), ([0.01, 0.2], "coordinator")):
        results["paired"]["interval"] = interval
        (run / "results.json").write_text(json.dumps(results))
        place = publish(run, tmp_path / stage)
        loaded = Clone.load(place, "coordinator").notes
        assert ("rl_steps" in loaded) == (stage == "coordinator")
        name = "clone, then PPO" if stage == "coordinator" else "clone"
        assert f'What lies here is "{name}".' in (place / "card.md").read_text()


def test_unknown_names_list_what_there_is(shipped, tmp_path):
    with pytest.raises(ValueError, match=rf"name='nothing' has .*\['{RETOUCH}'\]"):
        editenv_policies.load("nothing", shipped)
    with pytest.raises(ValueError, match="there is none yet"):
        editenv_policies.load(RETOUCH, tmp_path)


@pytest.mark.parametrize("name", trained.available())
def test_what_comes_with_the_package_is_small_has_a_card_and_fits_its_environment(name):
    folder = trained.FOLDER / name
    assert sum(file.stat().st_size for file in folder.iterdir()) <= publishing.LARGEST
    assert name in (folder / "card.md").read_text()
    player("trained", HeldOut(name, 1))


def test_runs_that_are_not_finished_or_too_large_are_not_published(finished, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="is not finished"):
        publish(tmp_path, tmp_path)
    monkeypatch.setattr(publishing, "LARGEST", 1000)
    with pytest.raises(ValueError, match="at most 1,000"):
        publish(finished, tmp_path)
    assert not list(tmp_path.iterdir())


def test_teams_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="name='nothing' has no trained team: there are"):
        load_team("nothing")


def test_policies_are_found_by_name_and_by_path(finished, shipped):
    held_out = HeldOut(RETOUCH, 3)
    by_id = player("trained", held_out, shipped)()
    for path in (finished, finished / "coordinator", shipped / RETOUCH):
        assert player(str(path), held_out)() == by_id
    saved = json.loads((finished / "outcomes.json").read_text())
    assert by_id == [Outcome(*row) for row in saved["clone, then PPO"]]
    # The checkpoint plays one by one what the coordinator plays side by side.
    one_by_one = player(str(finished / "model.zip"), held_out)()
    assert [one.solved for one in one_by_one] == [one.solved for one in by_id]
    assert [one.length for one in one_by_one] == [one.length for one in by_id]


def test_flat_actions_are_played_too(tmp_path):
    env = make_sb3_vec_env(RETOUCH, 2, seed=0, action_format="discrete")
    make_model("dqn", env, seed=0).save(tmp_path / "model.zip")
    assert len(player(str(tmp_path), HeldOut(RETOUCH, 2))()) == 2


def test_policies_that_do_not_fit_are_refused_by_name(finished, tmp_path):
    (tmp_path / "text.zip").write_text("no model")
    other = HeldOut("ImageEdit-Restore-v0", 2)
    for name, words in (
        (
            "best",
            r"policy='best': choose from \['random', 'one-call', 'pipeline', 'oracle', 'trained'\]",
        ),
        (str(finished), "makes other calls than ImageEdit-Restore-v0"),
        (str(finished / "model.zip"), "has actions MultiDiscrete"),
        (str(tmp_path / "text.zip"), "is no model of Stable-Baselines3"),
    ):
        with pytest.raises(ValueError, match=words):
            player(name, other)
    with pytest.raises(ValueError, match="tasks=0"):
        HeldOut(RETOUCH, 0)
    with pytest.raises(ValueError, match="split='exam'"):
        HeldOut(RETOUCH, 1, "exam")


def test_groups_are_of_the_tasks_that_are_played():
    held_out = HeldOut("ImageEdit-Direct-v0", 4)
    with held_out.make() as env:
        for number, kinds in enumerate(held_out.groups("kind")):
            env.reset(seed=1_000_000 + number)
            assert kinds == tuple({edit.action for edit in env.unwrapped.task.sub_edits})
    assert held_out.groups("edits") == [("1",)] * 4


def test_standings_count_a_task_in_each_of_its_groups():
    solved, failed = Outcome(True, 1.0, 2), Outcome(False, 0.0, 4)
    standings = Standings(
        {"one": [solved, failed, failed], "two": [solved, solved, failed]},
        {"kind": [("crop",), ("blur", "crop"), ("blur",)]},
    )
    found = standings.by_group("kind")
    counts = {g: {n: (s.successes, s.episodes) for n, s in v.items()} for g, v in found.items()}
    assert counts == {
        "blur": {"one": (0, 2), "two": (1, 2)},
        "crop": {"one": (1, 2), "two": (2, 2)},
    }
    assert standings.paired["two"].gained == 1 and standings.paired["two"].lost == 0
    saved = json.loads(json.dumps(standings.as_json()))
    assert saved["policies"]["two"]["successes"] == 2
    assert saved["by"]["kind"]["blur"]["two"]["rate"] == 0.5
    assert "| blur | 2 | 0.0 %" in standings.as_markdown()
    assert "two against one: +33.3 points" in standings.as_markdown()


def test_the_example_prints_a_table_and_writes_json(request, monkeypatch, tmp_path, capsys):
    path = request.config.rootpath / "examples" / "evaluate.py"
    spec = importlib.util.spec_from_file_location("evaluate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = tmp_path / "figures.json"
    words = ["--env", RETOUCH, "--tasks", "3", "--threads", "1", "--by", "kind", "--by", "edits"]
    words += ["--policy", "random", "--policy", "oracle", "--json", str(file)]
    monkeypatch.setattr("sys.argv", ["evaluate.py", *words])
    module.main()
    said = capsys.readouterr().out
    assert "| oracle | 100.0 %" in said and "oracle against random: +" in said
    saved = json.loads(file.read_text())
    assert saved["tasks"] == 3 and set(saved["by"]) == {"kind", "edits"}
    assert saved["paired"][0]["second"] == "oracle"
    monkeypatch.setattr("sys.argv", ["evaluate.py", "--policy", "best"])
    with pytest.raises(SystemExit) as ended:
        run_main(module.main)
    assert ended.value.code == 2
    assert "policy='best'" in capsys.readouterr().err


def test_the_team_that_comes_with_the_package_solves_far_more_than_the_scripted_one():
    team = load_team("ImageEdit-v0")
    with ExitStack() as stack:
        envs = [stack.enter_context(closing(env_of(team, split="test"))) for _ in range(8)]
        outcomes = play_side_by_side(team, envs, range(HELD_OUT_SEED, HELD_OUT_SEED + 32))
    assert sum(outcome.solved for outcome in outcomes) >= 16, "the scripted one solves an eighth"
