"""The native vector environment against single ones, byte for byte, in every mode."""

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from vector_checks import DISABLED, IDS, MODES, assert_same, assert_same_steps, native, sync

from editenv.envs.vector import ImageEditVectorEnv


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("env_id", IDS)
def test_equals_single_environments(env_id, mode, steps=60, num_envs=4):
    first, second = native(env_id, num_envs, autoreset_mode=mode), sync(env_id, num_envs, mode)
    assert first.observation_space == second.observation_space
    assert first.action_space == second.action_space
    assert first.metadata == second.metadata
    for one, two in zip(first.reset(seed=3), second.reset(seed=3), strict=True):
        assert_same(one, two, env_id)
    first.action_space.seed(0)
    assert_same_steps(first, second, first.action_space, steps, f"{env_id}, {mode}")
    for one, two in zip(first.reset(), second.reset(), strict=True):
        assert_same(one, two, f"{env_id} again")
    first.close()


@pytest.mark.slow
@pytest.mark.parametrize("env_id", IDS)
def test_a_thousand_steps_of_eight_equal_single_environments(env_id):
    test_equals_single_environments(env_id, MODES[0], steps=1000, num_envs=8)


def test_equals_single_environments_with_other_arguments():
    arguments = {"action_format": "discrete", "instruction_format": "pooled", "grounder": "noisy"}
    first, second = native("ImageEdit-v0", 3, **arguments), sync("ImageEdit-v0", 3, **arguments)
    for one, two in zip(first.reset(seed=[5, None, 7]), second.reset(seed=[5, 1, 7]), strict=True):
        for key in ("image", "instruction", "action_mask"):
            if key in one:
                np.testing.assert_array_equal(one[key][[0, 2]], two[key][[0, 2]])
    first.reset(seed=1)
    second.reset(seed=1)
    first.action_space.seed(0)
    assert_same_steps(first, second, first.action_space, 30, "discrete")


def test_time_limit_and_submit_in_the_same_step():
    first = native("ImageEdit-Direct-v0", 2, max_episode_steps=1)
    second = sync("ImageEdit-Direct-v0", 2, max_episode_steps=1)
    first.reset(seed=0)
    second.reset(seed=0)
    submit = len(first.unwrapped.setup.codec.names) - 1
    action = np.array([[submit, 0, 0], [0, 1, 0]])
    *ours, _ = first.step(action)
    *theirs, _ = second.step(action)
    for one, two in zip(ours, theirs, strict=True):
        assert_same(one, two)
    assert ours[2].tolist() == [True, False] and ours[3].tolist() == [True, True]


def test_minus_one_is_no_limit():
    envs = native("ImageEdit-Direct-v0", 2, max_episode_steps=-1)
    envs.reset(seed=0)
    brighter = envs.unwrapped.setup.codec.names.index("brightness")
    for _ in range(9):
        *_, terminations, truncations, _ = envs.step(np.array([[brighter, 0, 0]] * 2))
        assert not (terminations | truncations).any()


def test_no_limit_given_is_that_of_the_id():
    envs = native("ImageEdit-Direct-v0", 1, max_episode_steps=None)
    assert envs.unwrapped.max_episode_steps == 3


@pytest.mark.parametrize("env_id", IDS)
def test_equals_single_environments_without_autoreset(env_id, steps=40):
    first, second = native(env_id, 3, autoreset_mode=DISABLED), sync(env_id, 3, DISABLED)
    for one, two in zip(first.reset(seed=3), second.reset(seed=3), strict=True):
        assert_same(one, two, env_id)
    first.action_space.seed(0)
    for number in range(steps):
        action = first.action_space.sample()
        ours, theirs = first.step(action), second.step(action)
        for one, two in zip(ours, theirs, strict=True):
            assert_same(one, two, f"{env_id}, step {number}")
        over = ours[2] | ours[3]
        if over.any():
            options = {"reset_mask": over}
            ours, theirs = first.reset(options=options), second.reset(options=dict(options))
            for one, two in zip(ours, theirs, strict=True):
                assert_same(one, two, f"{env_id}, reset after step {number}")


def test_reset_mask_restarts_only_some():
    envs = native("ImageEdit-v0", 4, autoreset_mode=AutoresetMode.DISABLED)
    before, _ = envs.reset(seed=0)
    mask = np.array([False, True, False, True])
    after, infos = envs.reset(options={"reset_mask": mask})
    assert infos["_instruction"].tolist() == mask.tolist()
    assert infos["instruction"][0] is None and infos["instruction"][1]
    same = [np.array_equal(before["image"][i], after["image"][i]) for i in range(4)]
    assert same == [True, False, True, False]


def test_without_autoreset_a_finished_copy_waits():
    envs = native("ImageEdit-Direct-v0", 2, autoreset_mode="Disabled")
    envs.reset(seed=0)
    submit = len(envs.unwrapped.setup.codec.names) - 1
    seen, *_ = envs.step(np.array([[submit, 0, 0], [0, 1, 0]]))
    again, rewards, terminations, _, infos = envs.step(np.array([[0, 1, 0], [1, 1, 0]]))
    assert_same({k: v[0] for k, v in seen.items()}, {k: v[0] for k, v in again.items()})
    assert rewards[0] == 0.0 and terminations.tolist() == [True, False]
    assert infos["_is_success"].tolist() == [False, True]
    assert len(envs.unwrapped.episodes[0].workspace.history) == 1


def test_neighbours_with_one_seed_pay_for_one_reset(monkeypatch):
    envs, drawn = native("ImageEdit-v0", 6), []
    start = envs.unwrapped.setup.start
    monkeypatch.setattr(envs.unwrapped.setup, "start", lambda *a: drawn.append(1) or start(*a))
    ours, theirs = envs, sync("ImageEdit-v0", 6)
    seeds = [3, 3, 3, 8, 8, 3]
    for one, two in zip(ours.reset(seed=seeds), theirs.reset(seed=seeds), strict=True):
        assert_same(one, two)
    assert len(drawn) == 3
    ours.reset(seed=[3, 3, 3, 8, 8, 8], options={"task": [int("1000") for _ in range(6)]})
    assert len(drawn) == 5
    theirs.reset(seed=[3, 3, 3, 8, 8, 8], options={"task": 1000})
    ours.action_space.seed(0)
    assert_same_steps(ours, theirs, ours.action_space, 25, "groups")


def test_a_list_of_tasks_gives_one_to_each_copy():
    envs = native("ImageEdit-v0", 3)
    single = gymnasium.make("ImageEdit-v0")
    _, infos = envs.reset(seed=0, options={"task": [4, 4, 9]})
    for number, index in enumerate((4, 4, 9)):
        _, info = single.reset(options={"task": index})
        assert infos["instruction"][number] == info["instruction"]
    _, infos = envs.reset(options={"task": 9})
    assert len(set(infos["instruction"])) == 1


def test_observations_belong_to_the_caller_unless_told_otherwise():
    envs = native("ImageEdit-v0", 2)
    seen, _ = envs.reset(seed=0)
    for array in seen.values():
        array[:] = 0
    fresh, _ = native("ImageEdit-v0", 2).reset(seed=0)
    assert_same(envs.unwrapped.observe(), fresh)
    shared = native("ImageEdit-v0", 2, copy=False)
    first, _ = shared.reset(seed=0)
    second, *_ = shared.step(shared.action_space.sample())
    assert first["image"] is second["image"]


def test_random_seeds_differ():
    envs = native("ImageEdit-v0", 3)
    _, infos = envs.reset()
    assert len(set(infos["instruction"])) == 3
    assert len(set(envs.unwrapped.np_random_seed)) == 3
    envs.reset(seed=11)
    assert envs.unwrapped.np_random_seed == (11, 12, 13)


@pytest.mark.parametrize("mode", ["rgb_array", "ansi"])
def test_render(mode):
    envs = native("ImageEdit-Direct-v0", 2, render_mode=mode)
    with pytest.raises(RuntimeError, match="reset"):
        envs.render()
    envs.reset(seed=0)
    frames = envs.render()
    assert len(frames) == 2
    single = gymnasium.make("ImageEdit-Direct-v0", render_mode=mode)
    single.reset(seed=1)
    assert_same(frames[1], single.render())


def test_masks_are_those_of_the_information():
    envs = native("ImageEdit-v0", 3, action_format="discrete")
    _, infos = envs.reset(seed=0)
    for _ in range(20):
        masks = envs.unwrapped.action_masks()
        np.testing.assert_array_equal(masks, infos["action_mask"])
        actions = np.array([np.random.default_rng(0).choice(np.flatnonzero(m)) for m in masks])
        *_, infos = envs.step(actions)
        assert all(reason == "" for reason in infos["invalid"])


@pytest.mark.parametrize("env_id", IDS)
def test_vector_wrappers(env_id):
    wrappers = gymnasium.wrappers.vector
    envs = native(env_id, 3)
    limit = envs.spec.max_episode_steps
    envs = wrappers.NormalizeReward(wrappers.RecordEpisodeStatistics(envs))
    envs = wrappers.FlattenObservation(envs)
    observation, _ = envs.reset(seed=0)
    assert observation.shape == envs.observation_space.shape
    ended = 0
    for _ in range(3 * (limit + 1)):
        observation, rewards, _, _, infos = envs.step(envs.action_space.sample())
        assert np.isfinite(rewards).all()
        ended += int(infos.get("_episode", np.zeros(3, bool)).sum())
    assert ended >= 9


def test_spec_rebuilds_the_vector_environment():
    envs = native("ImageEdit-Direct-v0", 3, autoreset_mode="SameStep")
    again = gymnasium.make_vec(envs.spec)
    assert isinstance(again.unwrapped, ImageEditVectorEnv)
    assert again.num_envs == 3
    assert again.unwrapped.autoreset_mode is AutoresetMode.SAME_STEP
    assert again.unwrapped.max_episode_steps == 3
