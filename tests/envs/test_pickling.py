"""A pickled environment arrives whole, and goes on as the original does."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
from shared_tasks import shared
from vector_checks import assert_same, native

import editenv
from editenv import image_edit_v0
from editenv.envs.window import Window
from editenv.registration import TEXT_CONFIGURATIONS

IDS = list(editenv.CONFIGURATIONS)
MOMENTS = {"before reset": None, "after reset": 0, "after two steps": 2}


def travelled(thing):
    return pickle.loads(pickle.dumps(thing))


def play(env, actions):
    """Everything that an agent sees, from here on."""
    seen = []
    for action in actions:
        seen.append(env.step(action))
        if seen[-1][2] or seen[-1][3]:
            seen.append(env.reset())
    return seen


def check(env, actions, steps):
    """Play up to a moment, then with the environment and with its pickle."""
    if steps is not None:
        env.reset(seed=3)
        play(env, actions[:steps])
    other = travelled(env)
    if steps is None:
        assert_same(env.reset(seed=3), other.reset(seed=3))
    assert_same(play(env, actions), play(other, actions))


@pytest.mark.parametrize("steps", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("env_id", IDS)
def test_every_id_goes_on_alike(env_id, steps):
    env = gymnasium.make(env_id, disable_env_checker=True, **shared(env_id))
    env.action_space.seed(0)
    check(env, [env.action_space.sample() for _ in range(8)], steps)


@pytest.mark.parametrize("steps", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("env_id", TEXT_CONFIGURATIONS)
def test_every_id_with_answers_in_words_goes_on_alike(env_id, steps):
    env = gymnasium.make(env_id, disable_env_checker=True, image_size=64, max_turns=3)
    env.reset(seed=3)
    right = env.unwrapped.reference_answer()
    blur = "<action>blur</action><subject>whole image</subject><goal>soft</goal>"
    fresh = gymnasium.make(env_id, disable_env_checker=True, image_size=64, max_turns=3)
    check(fresh, [blur, right, "what?", right, right], steps)
    assert_same(*(e.unwrapped.score_answers(5, [blur]) for e in (fresh, travelled(fresh))))


def test_a_vector_environment_goes_on_alike():
    envs = native("ImageEdit-v0", 3, **shared("ImageEdit-v0")).unwrapped
    envs.action_space.seed(0)
    actions = [envs.action_space.sample() for _ in range(10)]
    envs.reset(seed=0)
    for other in (travelled(envs), copy.deepcopy(envs)):
        start = travelled(envs)
        for action in actions:
            assert_same(start.step(action), other.step(action))


@pytest.mark.parametrize("reward", ["team", "role", "difference"])
@pytest.mark.parametrize("env_id", IDS)
def test_a_team_goes_on_alike(env_id, reward):
    env = image_edit_v0.parallel_env(env_id, reward=reward, learned=("selector", "critic"))
    for agent in env.possible_agents:
        env.action_space(agent).seed(0)
    before = travelled(env)
    assert_same(env.reset(seed=0), before.reset(seed=0))
    after = travelled(env)
    for _ in range(3):
        actions = {agent: env.action_space(agent).sample() for agent in env.agents}
        seen = env.step(actions)
        for other in (before, after, travelled(after)):
            assert_same(seen, travelled(other).step(actions))
        before.step(actions), after.step(actions)


def test_a_team_that_plays_in_turn_goes_on_alike():
    env = image_edit_v0.env("ImageEdit-Direct-v0")
    env.reset(seed=0)
    other = travelled(env)
    for agent in env.agent_iter():
        assert other.agent_selection == agent
        assert_same(env.last(), other.last())
        over = env.last()[2] or env.last()[3]
        action = None if over else env.action_space(agent).sample()
        env.step(action), other.step(action)


def test_a_role_goes_on_alike():
    env = image_edit_v0.as_gymnasium("editor", "ImageEdit-Direct-v0")
    env.action_space.seed(0)
    check(env, [env.action_space.sample() for _ in range(4)], 1)


def test_an_open_window_stays_where_it_is(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = Window(fps=0)
    window.show(np.zeros((8, 8, 3), np.uint8))
    other = travelled(window)
    other.show(np.zeros((8, 8, 3), np.uint8))
    other.close()
    window.close()
