"""The environment of sliders: checkers, whole episodes, determinism, what is refused."""

import hashlib
import json
import pickle
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction
from gymnasium.utils.env_checker import check_env

from editenv.develop import Sliders
from editenv.envs.develop_progress import TOLERANCE
from editenv.registration import DEVELOP_CONFIGURATIONS
from editenv.types import EditTask

ENV_ID = "ImageEdit-Develop-v0"
FORMATS = ("pooled", "tokens")


def make(**arguments):
    return gymnasium.make(ENV_ID, **{"image_size": 40, "disable_env_checker": True, **arguments})


@pytest.mark.filterwarnings("ignore:.*A Box observation space.*")
@pytest.mark.parametrize("instruction_format", FORMATS)
def test_gymnasium_check_env(instruction_format):
    env = gymnasium.make(ENV_ID, instruction_format=instruction_format, render_mode="rgb_array")
    check_env(env.unwrapped)


def test_stable_baselines_check_env():
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(make().unwrapped, warn=True)


@pytest.mark.parametrize("show_image", [True, False])
@pytest.mark.parametrize("instruction_format", FORMATS)
def test_whole_episodes(instruction_format, show_image):
    env = make(instruction_format=instruction_format, show_image=show_image)
    env.action_space.seed(1)
    for seed in range(3):
        observation, info = env.reset(seed=seed)
        assert ("image" in observation) is show_image
        steps, over = 0, False
        left = [observation["steps_left"].item()]
        while not over:
            assert env.observation_space.contains(observation)
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            assert type(reward) is float and type(info["is_success"]) is bool
            assert type(terminated) is bool and type(truncated) is bool
            assert reward == pytest.approx(sum(info["reward_terms"].values()))
            steps, over = steps + 1, terminated or truncated
            progress = env.unwrapped.progress
            assert reward == pytest.approx(progress.nearness + progress.solved)
            left.append(observation["steps_left"].item())
        assert truncated and not terminated and steps == 4
        assert left == pytest.approx([1, 0.75, 0.5, 0.25, 0])


def test_where_the_sliders_stand_is_all_that_counts():
    env = make()
    env.reset(seed=3)
    first, second = env.action_space.sample(), env.action_space.sample()
    env.step(first)
    seen, *_ = env.step(second)
    env.reset(seed=3)
    again, *_ = env.step(second)
    np.testing.assert_array_equal(seen["image"], again["image"])
    np.testing.assert_allclose(seen["sliders"], second, atol=1e-6)
    np.testing.assert_array_equal(seen["source_histogram"], again["source_histogram"])


def test_zero_is_the_source_and_no_success():
    env = make()
    for seed in range(20):
        observation, info = env.reset(seed=seed)
        after, reward, *_, info = env.step(np.zeros(env.action_space.shape, np.float32))
        np.testing.assert_array_equal(after["image"], observation["image"])
        np.testing.assert_array_equal(after["histogram"], after["source_histogram"])
        assert reward == 0.0 and not info["is_success"]


@pytest.mark.parametrize("split", ["train", "validation", "test", "novel"])
def test_the_hidden_sliders_solve_every_task(split):
    env = make(split=split)
    for index in range(10):
        env.reset(options={"task": index})
        task = env.unwrapped.task
        action = env.unwrapped.encode(task.metadata["sliders"])
        assert (
            env.unwrapped.decode(action).moved().keys() == task.metadata["sliders"].moved().keys()
        )
        *_, info = env.step(action)
        assert info["is_success"] and info["distance"] < 0.004


def test_success_is_what_the_tolerance_says():
    env = make()
    env.reset(seed=0)
    env.step(env.action_space.sample())
    progress = env.unwrapped.progress
    assert progress.bound == pytest.approx(min(TOLERANCE[0], TOLERANCE[1] * progress.first_error))
    assert progress.solved == (progress.error <= progress.bound)


def digest():
    hashed = hashlib.sha256()
    env = make()
    for seed in range(3):
        env.action_space.seed(seed)
        observation, info = env.reset(seed=seed)
        for _ in range(4):
            for key in sorted(observation):
                hashed.update(np.ascontiguousarray(observation[key]).tobytes())
            hashed.update(info["instruction"].encode())
            observation, reward, _, _, info = env.step(env.action_space.sample())
            hashed.update(np.float64(reward).tobytes())
    return hashed.hexdigest()


def test_two_processes_agree(request):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import test_develop_env as t; print(t.digest())"
    )
    folder = str(request.path.parent)
    told = subprocess.run(
        [sys.executable, "-c", script, folder], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == digest()


def test_spec_serialises_and_builds_the_same_environment():
    spec = gymnasium.spec(ENV_ID)
    again = gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())
    json.loads(spec.to_json())
    first, second = gymnasium.make(spec), gymnasium.make(again)
    assert first.observation_space == second.observation_space
    one, _ = first.reset(seed=5)
    two, _ = second.reset(seed=5)
    np.testing.assert_array_equal(one["image"], two["image"])
    limit, kwargs = DEVELOP_CONFIGURATIONS[ENV_ID]
    assert spec.max_episode_steps == limit and spec.kwargs == {**kwargs, "max_steps": limit}


def test_pickled_environments_go_on():
    env = make().unwrapped
    env.reset(seed=0)
    other = pickle.loads(pickle.dumps(env))
    action = env.action_space.sample()
    np.testing.assert_array_equal(env.step(action)[0]["image"], other.step(action)[0]["image"])


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vector_modes(mode):
    envs = gymnasium.make_vec(ENV_ID, num_envs=2, vectorization_mode=mode, image_size=40)
    observation, _ = envs.reset(seed=1)
    assert observation["image"].shape == (2, 40, 40, 3)
    for _ in range(6):
        _, reward, _, _, _ = envs.step(envs.action_space.sample())
        assert reward.shape == (2,)
    envs.close()


def test_render_modes():
    env = make(render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    env.step(env.action_space.sample())
    after = env.render()
    assert after.dtype == np.uint8 and after.shape == before.shape and (after != before).any()
    env = make(render_mode="ansi")
    _, info = env.reset(seed=0)
    env.step(np.full(5, 0.5, np.float32))
    assert info["instruction"].split()[0] in env.render() and "exposure +1" in env.render()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("tasks", "nothing"),
        ("split", "dev"),
        ("image_size", 8),
        ("sliders", []),
        ("sliders", "exposure"),
        ("sliders", ["exposure", "exposure"]),
        ("sliders", ["haze"]),
        ("sliders", ["straighten"]),
        ("sliders", ["clarity"]),
        ("show_image", 1),
        ("instruction_format", "words"),
        ("max_tokens", 0),
        ("max_steps", 0),
        ("task_pool", 0),
        ("render_mode", "png"),
    ],
)
def test_wrong_arguments_are_named(argument, value):
    with pytest.raises(ValueError, match=argument):
        make(**{argument: value})


def test_wrong_calls_are_refused():
    env = make().unwrapped
    with pytest.raises(RuntimeError, match="reset"):
        env.step(np.zeros(5, np.float32))
    env.reset(seed=0)
    for action in (np.full(5, 2, np.float32), np.zeros(4, np.float32), None):
        with pytest.raises(InvalidAction):
            env.step(action)
    image = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="no target"):
        env.reset(options={"task": EditTask(image, "Brighter.")})
    with pytest.raises(ValueError, match="image_size"):
        env.reset(options={"task": EditTask(image[:32], "Brighter.", stages=(image[:32],))})
    with pytest.raises(ValueError, match=r"options\['task'\]='3'"):
        env.reset(options={"task": "3"})
    with pytest.raises(ValueError, match="'tasks'"):
        env.reset(options={"tasks": 1})


def test_sliders_that_nobody_asks_for_can_be_moved():
    env = make(sliders=["exposure", "clarity", "sharpening"])
    env.reset(seed=0)
    assert set(env.unwrapped.task.metadata["sliders"].moved()) == {"exposure"}
    env.step(np.ones(3, np.float32))
    sliders = env.unwrapped.progress.sliders
    assert sliders == Sliders(exposure=2.0, clarity=100.0, sharpening=150.0)
