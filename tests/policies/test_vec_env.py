"""The native vector environment as SB3's: equal to DummyVecEnv with Monitor."""

import gymnasium
import numpy as np
import pytest
from editenv_policies.sb3.models import make_model
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.sb3.vec_env import ImageEditVecEnv, make_sb3_vec_env
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.env_util import is_wrapped, make_vec_env
from stable_baselines3.common.monitor import Monitor


def assert_same_info(ours, theirs):
    ours, theirs = dict(ours), dict(theirs)
    for info in (ours, theirs):
        if "episode" in info:
            info["episode"] = {k: v for k, v in info["episode"].items() if k != "t"}
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        if isinstance(value, dict):
            assert_same_info(ours[key], value)
        else:
            np.testing.assert_array_equal(ours[key], value, err_msg=key)


@pytest.mark.parametrize("env_id", ["ImageEdit-v0", "ImageEdit-Retouch-v0"])
def test_equals_dummy_vec_env(env_id):
    ours, theirs = make_sb3_vec_env(env_id, 3, seed=5), make_vec_env(env_id, 3, seed=5)
    ours.action_space.seed(0)
    for one, two in ((ours.reset(), theirs.reset()),):
        for key in two:
            np.testing.assert_array_equal(one[key], two[key])
    for _ in range(40):
        actions = np.stack([ours.action_space.sample() for _ in range(3)])
        seen, rewards, dones, infos = ours.step(actions)
        expected = theirs.step(actions)
        for key, value in expected[0].items():
            np.testing.assert_array_equal(seen[key], value)
        np.testing.assert_array_equal(rewards, expected[1])
        assert rewards.dtype == expected[1].dtype
        np.testing.assert_array_equal(dones, expected[2])
        for one, two in zip(infos, expected[3], strict=True):
            assert_same_info(one, two)
        for one, two in zip(ours.reset_infos, theirs.reset_infos, strict=True):
            assert_same_info(one, two)
        np.testing.assert_array_equal(get_action_masks(ours), get_action_masks(theirs))


def test_values_after_the_limit_are_those_that_sb3_adds():
    """With SB3's own one-by-one estimates and with ours, PPO fills the same buffer."""
    buffers = []
    for batched in (False, True):
        env = make_sb3_vec_env("ImageEdit-Direct-v0", 4, seed=0, max_episode_steps=2)
        model = make_model("ppo", env, seed=0, smoke=True)
        if batched:
            env.bootstrap_with(model)
        model.learn(128)
        buffers.append(model.rollout_buffer)
    plain, ours = buffers
    np.testing.assert_array_equal(plain.actions, ours.actions)
    np.testing.assert_allclose(plain.rewards, ours.rewards, atol=1e-5)
    assert (plain.episode_starts == ours.episode_starts).all()


@pytest.mark.parametrize("batched", [False, True])
def test_where_the_limit_ends_an_episode_nothing_comes_after_it(batched: bool):
    rewards = []
    for ends in (False, True):
        env = make_sb3_vec_env(
            "ImageEdit-Direct-v0", 4, seed=0, max_episode_steps=1, limit_ends=ends
        )
        if batched:
            env.bootstrap_with(make_model("ppo", env, seed=0, smoke=True))
        env.reset()
        _, paid, dones, infos = env.step(np.array([[0, 1, 0]] * 4))
        assert dones.all()
        assert [info["TimeLimit.truncated"] for info in infos] == [not ends and not batched] * 4
        rewards.append(paid)
        own = np.array([info["episode"]["r"] for info in infos])
    np.testing.assert_allclose(rewards[1], own, atol=1e-5)
    assert np.allclose(rewards[0], own, atol=1e-5) == (not batched)


def test_without_autoreset_a_finished_copy_stays_done_and_is_recorded_once():
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 2, seed=0, autoreset_mode="Disabled")
    env.reset()
    submit = len(env.get_attr("setup")[0].codec.names) - 1
    seen, _, dones, infos = env.step(np.array([[submit, 0, 0], [0, 1, 0]]))
    assert dones.tolist() == [True, False] and infos[0]["episode"]["l"] == 1
    np.testing.assert_array_equal(infos[0]["terminal_observation"]["image"], seen["image"][0])
    _, rewards, dones, infos = env.step(np.array([[0, 1, 0], [1, 1, 0]]))
    assert dones.tolist() == [True, False] and rewards[0] == 0
    assert infos[0] == {"TimeLimit.truncated": False} and "instruction" in infos[1]
    assert not env.reset_infos[0]["is_success"]


def test_copies_that_wait_are_worth_nothing_more():
    env = make_sb3_vec_env(
        "ImageEdit-Direct-v0", 2, seed=0, autoreset_mode="Disabled", max_episode_steps=1
    )
    model = make_model("ppo", env, seed=0, smoke=True)
    env.reset()
    env.bootstrap_with(model)
    _, first, dones, infos = env.step(np.array([[0, 1, 0], [0, 1, 0]]))
    assert dones.all() and all("terminal_observation" in info for info in infos)
    _, second, dones, _ = env.step(np.array([[0, 1, 0], [0, 1, 0]]))
    assert dones.all() and first.any() and not second.any()


def test_only_the_native_environment_of_this_process_is_adapted():
    with pytest.raises(ValueError, match="leave out num_workers"):
        make_sb3_vec_env("ImageEdit-Direct-v0", 2, num_workers=2)


def test_tasks_by_options():
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 2, seed=0)
    env.set_options([{"task": 3}, {"task": 4}])
    env.reset()
    single = gymnasium.make("ImageEdit-Direct-v0")
    for number, info in enumerate(env.reset_infos):
        assert info["instruction"] == single.reset(options={"task": 3 + number})[1]["instruction"]
    env.reset()
    assert env.reset_infos[0]["instruction"] != env.reset_infos[1]["instruction"]


def test_attributes_and_methods():
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 2, seed=0, render_mode="rgb_array")
    env.reset()
    assert is_masking_supported(env)
    assert is_wrapped_by_monitor(env)
    workspaces = env.get_attr("workspace")
    assert workspaces[0] is not workspaces[1]
    assert env.get_attr("render_mode") == ["rgb_array"] * 2
    assert env.env_method("action_embeddings", indices=[0])[0][0].shape[1] == 256
    assert len(env.get_images()) == 2
    single = make_vec_env("ImageEdit-Direct-v0", 2, env_kwargs={"render_mode": "rgb_array"})
    for name in ("action_space", "observation_space", "call_names"):
        assert env.get_attr(name) == single.get_attr(name)
    assert env.metadata["render_fps"] == single.metadata["render_fps"]
    assert env.get_attr("np_random_seed") == [0, 1]
    assert [task.instruction for task in env.get_attr("task")] == [
        info["instruction"] for info in env.reset_infos
    ]
    (frame,) = env.env_method("render", indices=[1])
    np.testing.assert_array_equal(frame, env.get_images()[1])
    assert make_sb3_vec_env("ImageEdit-Direct-v0", 2).get_images() == [None, None]
    with pytest.raises(AttributeError, match="nothing"):
        env.get_attr("nothing")
    with pytest.raises(AttributeError, match="nothing"):
        env.set_attr("nothing", 1)
    with pytest.raises(ValueError, match="NextStep"):
        ImageEditVecEnv(gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=1).unwrapped)
    env.close()


def is_wrapped_by_monitor(env):
    return all(env.env_is_wrapped(Monitor)) and not is_wrapped(env, Monitor)


def test_maskable_ppo_learns_in_it():
    env = make_sb3_vec_env("ImageEdit-Direct-v0", 4, seed=0)
    model = make_model("maskable", env, seed=0, smoke=True)
    assert isinstance(model, MaskablePPO)
    model.learn(256)
    assert model.ep_info_buffer and len(model.ep_info_buffer) > 10


def test_only_embeddings_look_unfamiliar():
    plain = make_sb3_vec_env("ImageEdit-Direct-v0", 4, seed=0, image_size=64)
    mixed = make_sb3_vec_env(
        "ImageEdit-Direct-v0", 4, seed=0, image_size=64, unfamiliar=Unfamiliar(0)
    )
    actions = np.zeros((4, 3), np.int64)
    pairs = [(plain.reset(), mixed.reset())]
    pairs.append((plain.step(actions)[0], mixed.step(actions)[0]))
    for one, other in pairs:
        for key, value in one.items():
            same = np.array_equal(value, other[key])
            assert same == (key not in ("region_embeddings", "instruction")), key
