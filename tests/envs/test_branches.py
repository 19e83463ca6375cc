"""Copies of a state in the middle of an episode."""

import gymnasium
import numpy as np
import pytest
from vector_checks import assert_same


def test_branches_go_on_from_the_present_state_and_leave_it_alone():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=2)
    env.action_space.seed(0)
    env.step(env.action_space.sample())
    before = env.unwrapped.observe()
    branches = env.unwrapped.branch(3)
    rows = branches.observe()
    for key, value in before.items():
        for number in range(3):
            np.testing.assert_array_equal(rows[key][number], value)
    actions = np.stack([env.action_space.sample() for _ in range(3)])
    seen, rewards, *_ = branches.step(actions)
    assert_same(env.unwrapped.observe(), before)
    for number, action in enumerate(actions):
        other = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
        other.reset(seed=2)
        other.action_space.seed(0)
        other.step(other.action_space.sample())
        single, reward, *_ = other.step(action)
        assert reward == rewards[number]
        assert_same({k: v[number] for k, v in seen.items()}, single)


def test_branches_share_the_step_limit():
    env = gymnasium.make("ImageEdit-Direct-v0", disable_env_checker=True)
    env.reset(seed=0)
    brighter = env.unwrapped.call_names.index("brightness")
    for _ in range(2):
        env.step(np.array([brighter, 0, 0]))
    branches = env.unwrapped.branch(2)
    *_, terminations, truncations, _ = branches.step(np.array([[brighter, 0, 0]] * 2))
    assert truncations.all() and not terminations.any()


def test_branches_take_the_limit_that_they_are_given():
    env = gymnasium.make("ImageEdit-Direct-v0", max_episode_steps=2, disable_env_checker=True)
    env.reset(seed=0)
    action = np.array([env.unwrapped.call_names.index("brightness"), 0, 0])
    env.step(action)
    branches = env.unwrapped.branch(2, max_episode_steps=env.spec.max_episode_steps)
    *_, truncations, _ = branches.step(np.array([action] * 2))
    assert truncations.all()
    with pytest.raises(ValueError, match="max_episode_steps=0"):
        env.unwrapped.branch(2, max_episode_steps=0)


def test_branches_of_branches_pick_copies():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=4)
    branches = env.unwrapped.branch(4)
    branches.action_space.seed(1)
    seen, *_ = branches.step(branches.action_space.sample())
    picked = branches.branch([2, 2, 0])
    rows = picked.observe()
    for row, origin in enumerate([2, 2, 0]):
        assert_same({k: v[row] for k, v in rows.items()}, {k: v[origin] for k, v in seen.items()})
    with pytest.raises(ValueError, match="count=0"):
        env.unwrapped.branch(0)


def test_branches_share_pictures():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    env.reset(seed=4)
    branches = env.unwrapped.branch(5)
    assert all(e.workspace.canvas is env.unwrapped.workspace.canvas for e in branches.episodes)
