"""Demonstrations as a Minari data set: read back by Minari, resumed, and what is in it."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from editenv_policies.imitation import collect
from editenv_policies.imitation.collect import Plan
from editenv_policies.imitation.minari_data import read_minari, write_minari
from editenv_policies.recipe import CoordinatorRecipe
from editenv_policies.recipe.stages import make_start

minari = pytest.importorskip("minari")

DIRECT = "ImageEdit-Direct-v0"
NAME = "editenv/test/oracle-v0"
PLAN = Plan(DIRECT, 7, seed=3, slip=0.4, part=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Minari's folder, with a data set that was collected without a stop."""
    folder = tmp_path_factory.mktemp("minari")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINARI_DATASETS_PATH", str(folder))
        assert list(write_minari(NAME, PLAN, progress=False)) == [0, 3, 6, 7]
        yield folder


@pytest.fixture
def data(home):
    return minari.load_dataset(NAME)


def assert_same(one, other):
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert value.dtype == other[key].dtype
        np.testing.assert_array_equal(value, other[key], err_msg=key)


def test_minari_reads_it_and_recovers_the_environment(data):
    env = data.recover_environment()
    assert data.total_episodes == 7 and data.total_steps == sum(map(len, data.iterate_episodes()))
    assert env.spec.id == DIRECT and env.spec.kwargs["split"] == "train"
    assert data.recover_environment(eval_env=True).spec.kwargs["split"] == "test"
    assert data.observation_space == env.observation_space
    assert data.action_space == env.action_space
    assert "taken back" in data.storage.metadata["description"]


def test_what_was_played_gives_the_same_observations_again(data):
    """So nothing but the pixels and calls of the environment is in the observations."""
    env = data.recover_environment()
    about = list(data.storage.get_episode_metadata(range(7)))
    for episode in data.iterate_episodes():
        seen, info = env.reset(seed=about[episode.id]["seed"])
        assert "privileged" not in info
        for step in range(len(episode) + 1):
            kept = {key: value[step] for key, value in episode.observations.items()}
            assert_same(kept, {key: np.asarray(value) for key, value in seen.items()})
            np.testing.assert_array_equal(episode.infos["action_mask"][step], info["action_mask"])
            if step < len(episode):
                seen, reward, ended, cut, info = env.step(episode.actions[step])
                assert reward == episode.rewards[step]
                assert ended == episode.terminations[step] and cut == episode.truncations[step]


def test_labels_are_the_oracles_and_differ_where_it_slipped(data):
    env = data.recover_environment()
    names = env.unwrapped.call_names
    slips = 0
    for episode in data.iterate_episodes():
        labels, slip = episode.infos["label"], episode.infos["slip"]
        assert (labels[-1] == -1).all() and not slip[-1] and len(labels) == len(episode) + 1
        differs = (labels[:-1] != episode.actions).any(1)
        np.testing.assert_array_equal(differs, slip[:-1])
        slips += differs.sum()
        for step in np.flatnonzero(differs):
            if step + 1 < len(episode):
                assert names[labels[step + 1][0]] == names[episode.actions[step + 1][0]] == "undo"
    assert slips >= 3


def test_a_stopped_collection_goes_on_and_ends_as_an_undisturbed_one(home, data, monkeypatch):
    other = "editenv/test/stopped-v0"
    run = write_minari(other, PLAN, progress=False)
    assert [next(run), next(run)] == [0, 3]
    run.close()
    with pytest.raises(FileNotFoundError):
        minari.load_dataset(other)
    assert other not in minari.list_local_datasets()
    with pytest.raises(ValueError, match="seed=4"):
        next(write_minari(other, replace(PLAN, seed=4), progress=False))
    # A crash while a part is written leaves this behind.
    (home / other / ".parts" / "partial").mkdir()
    assert list(write_minari(other, PLAN, progress=False)) == [3, 6, 7]
    again = minari.load_dataset(other)
    assert again.total_episodes == 7
    for one, two in zip(data.iterate_episodes(), again.iterate_episodes(), strict=True):
        assert_same(one.observations, two.observations)
        assert_same(one.infos, two.infos)
        for key in ("actions", "rewards", "terminations", "truncations"):
            np.testing.assert_array_equal(getattr(one, key), getattr(two, key))
    assert not (home / other / ".parts").exists()
    with pytest.raises(ValueError, match="is taken"):
        next(write_minari(other, PLAN, progress=False))


def test_training_reads_it_as_what_is_collected_directly(home):
    read = read_minari(NAME, DIRECT, progress=False)
    made = collect(Plan(DIRECT, 7, seed=3, slip=0.4), progress=False)
    np.testing.assert_array_equal(read.actions, made.actions)
    np.testing.assert_array_equal(read.masks, made.masks)
    np.testing.assert_array_equal(read.words, made.words)
    assert_same(read.steps, made.steps)
    with pytest.raises(ValueError, match="no data set"):
        read_minari("editenv/test/other-v0", DIRECT)


def test_the_recipe_clones_it_without_collecting(home, tmp_path, monkeypatch):
    recipe = CoordinatorRecipe(
        env=DIRECT,
        algo="maskable",
        from_scratch=False,
        data=NAME,
        demonstrations=1,
        minutes=(1.0, 0.01, 1.0),
        steps=1,
        episodes=1,
        num_envs=1,
        width=16,
        seed=0,
        threads=1,
        smoke=True,
    )
    monkeypatch.delattr("editenv_policies.recipe.settings.collect_into")
    assert make_start(recipe, tmp_path).notes["demonstrations"] == 7
    with pytest.raises(ValueError, match="ImageEdit-Retouch-v0"):
        make_start(replace(recipe, env="ImageEdit-Retouch-v0"), tmp_path / "other")


@pytest.mark.parametrize("name", ["", "oracle", "a b-v0", "../x-v0"])
def test_bad_names_are_refused(home, name):
    with pytest.raises(ValueError, match="name="):
        next(write_minari(name, PLAN))


def test_the_example_says_how_far_it_is_and_names_bad_arguments(tmp_path, request):
    root = request.config.rootpath
    command = [sys.executable, "examples/collect_demonstrations.py", "--env", DIRECT]
    env = {**os.environ, "MINARI_DATASETS_PATH": str(tmp_path)}

    def run(*more):
        return subprocess.run(
            [*command, *more], cwd=root, env=env, capture_output=True, text=True, check=False
        )

    done = run("--episodes", "2", "--name", "mine/few-v0")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 episodes" in done.stdout and (tmp_path / "mine" / "few-v0" / "data").exists()
    bad = run("--episodes", "0")
    assert bad.returncode == 2 and "--episodes: '0' must be an integer of at least 1" in bad.stderr
