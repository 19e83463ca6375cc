"""Every registered id, both action formats: the checkers of the libraries, and whole episodes."""

import json
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import editenv
from editenv.registration import register_envs

IDS = list(editenv.CONFIGURATIONS)
FORMATS = ("multi_discrete", "discrete")


@pytest.mark.filterwarnings("ignore:.*A Box observation space.*")
@pytest.mark.filterwarnings("ignore:.*not within the observation space.*:UserWarning")
@pytest.mark.parametrize("action_format", FORMATS)
@pytest.mark.parametrize("env_id", IDS)
def test_gymnasium_check_env(env_id, action_format):
    env = gymnasium.make(env_id, action_format=action_format, render_mode="rgb_array")
    check_env(env.unwrapped)
    env.close()


@pytest.mark.parametrize("action_format", FORMATS)
@pytest.mark.parametrize("env_id", IDS)
def test_whole_episodes(env_id, action_format):
    env = gymnasium.make(env_id, action_format=action_format, disable_env_checker=True)
    limit = env.spec.max_episode_steps
    env.action_space.seed(1)
    for seed in range(6):
        observation, info = env.reset(seed=seed)
        assert env.observation_space.contains(observation)
        assert not info["is_success"]
        steps = 0
        while True:
            steps += 1
            mask = env.get_wrapper_attr("action_masks")()
            assert mask.dtype == bool
            np.testing.assert_array_equal(mask, info["action_mask"])
            action = env.action_space.sample()
            observation, reward, terminated, truncated, info = env.step(action)
            assert env.observation_space.contains(observation)
            assert type(reward) is float
            assert type(terminated) is bool and type(truncated) is bool
            assert reward == pytest.approx(sum(info["reward_terms"].values()), abs=1e-9)
            if terminated or truncated:
                break
        assert terminated or (truncated and steps == limit)
        if terminated:
            assert env.unwrapped.workspace.submitted
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_masked_flat_actions_are_always_valid_and_unmasked_never(env_id):
    env = gymnasium.make(env_id, action_format="discrete", disable_env_checker=True)
    rng = np.random.default_rng(0)
    for seed in range(4):
        env.reset(seed=seed)
        workspace = env.unwrapped.workspace
        over = False
        while not over:
            mask = env.unwrapped.action_masks()
            valid = [workspace.why_invalid(call) is None for call in env.unwrapped.calls]
            np.testing.assert_array_equal(mask, valid)
            action = rng.choice(np.flatnonzero(mask))
            _, _, terminated, truncated, info = env.step(int(action))
            assert info["invalid"] == ""
            over = terminated or truncated
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_factored_mask_allows_every_number_that_some_valid_call_uses(env_id):
    env = gymnasium.make(env_id, disable_env_checker=True)
    env.reset(seed=3)
    base = env.unwrapped
    parts = np.split(base.action_masks(), np.cumsum(env.action_space.nvec)[:-1])
    for call in base.calls:
        if base.workspace.why_invalid(call) is None:
            numbers = base.encode(call)
            assert all(part[number] for part, number in zip(parts, numbers, strict=True))
    env.close()


@pytest.mark.parametrize("env_id", IDS)
def test_spec_serialises_and_builds_the_same_environment(env_id):
    spec = gymnasium.spec(env_id)
    again = gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())
    json.loads(spec.to_json())
    first, second = gymnasium.make(spec), gymnasium.make(again)
    assert first.observation_space == second.observation_space
    assert first.action_space == second.action_space
    one, _ = first.reset(seed=5)
    two, _ = second.reset(seed=5)
    np.testing.assert_array_equal(one["image"], two["image"])
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_registration_is_idempotent():
    before = dict(gymnasium.registry)
    register_envs()
    assert dict(gymnasium.registry) == before


@pytest.mark.parametrize("env_id", IDS)
def test_render_modes(env_id):
    env = gymnasium.make(env_id, render_mode="rgb_array")
    env.reset(seed=0)
    env.step(env.action_space.sample())
    frame = env.render()
    assert frame.ndim == 3 and frame.shape[2] == 3 and frame.dtype == np.uint8
    env.close()
    env = gymnasium.make(env_id, render_mode="ansi")
    _, info = env.reset(seed=0)
    assert info["instruction"].split()[0] in env.render()
    env.close()


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("env_id", IDS)
def test_vector_modes(env_id, mode):
    envs = gymnasium.make_vec(env_id, num_envs=3, vectorization_mode=mode)
    observation, _ = envs.reset(seed=1)
    assert observation["image"].shape == (3, 128, 128, 3)
    for _ in range(12):
        _, reward, _, _, info = envs.step(envs.action_space.sample())
        assert reward.shape == (3,)
        assert info["action_mask"].shape[0] == 3
    envs.close()


def test_tools_for_regions_are_masked_where_there_is_no_region():
    tools = ["recolour", "blur", "crop"]
    env = gymnasium.make("ImageEdit-v0", tools=tools, slots=1, disable_env_checker=True)
    _, info = env.reset(seed=0)
    assert info["action_mask"][:5].tolist() == [0, 1, 1, 0, 1]
    envs = gymnasium.make_vec("ImageEdit-v0", num_envs=2, tools=tools, slots=1)
    _, infos = envs.reset(seed=0)
    assert infos["action_mask"][:, :5].tolist() == [[0, 1, 1, 0, 1]] * 2


@pytest.mark.parametrize("vector", [False, True])
def test_steps_left_counts_every_call_down_to_nothing(vector):
    if vector:
        env = gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=1)
    else:
        env = gymnasium.make("ImageEdit-Direct-v0", disable_env_checker=True)
    blur = np.array([env.unwrapped.call_names.index("blur"), 0, 0])
    seen, _ = env.reset(seed=0)
    left = [seen["steps_left"].item()]
    for _ in range(3):
        seen, *_ = env.step(blur[None] if vector else blur)
        left.append(seen["steps_left"].item())
    assert left == pytest.approx([1.0, 2 / 3, 1 / 3, 0.0])
