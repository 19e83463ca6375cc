"""Before the first reset every call says so; afterwards the whole team's state can be asked for."""

import numpy as np
import pytest
from gymnasium import spaces
from pettingzoo.test import state_test
from vector_checks import assert_same

from editenv import image_edit_v0

DIRECT = "ImageEdit-Direct-v0"
SMALL = {"image_size": 64}


def small(make, **arguments):
    return make(DIRECT, **SMALL, **arguments)


CALLS = {
    "observe": lambda env: env.observe("critic_0"),
    "action_mask": lambda env: env.action_mask("critic_0"),
    "last": lambda env: env.last(),
    "step": lambda env: env.step(0),
    "state": lambda env: env.state(),
    "agent_iter": lambda env: list(env.agent_iter()),
    "render": lambda env: env.render(),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_team_that_plays_in_turn_asks_for_a_reset(call):
    raw = small(image_edit_v0.raw_env, render_mode="ansi")
    with pytest.raises(RuntimeError, match=r"reset\(\) first"):
        CALLS[call](raw)
    # Those of PettingZoo's wrapper name it too, by an error of its own.
    with pytest.raises((RuntimeError, AttributeError, AssertionError), match="reset"):
        CALLS[call](small(image_edit_v0.env, render_mode="ansi"))


@pytest.mark.parametrize("call", ["action_mask", "state", "step", "render"])
def test_a_team_that_acts_at_once_asks_for_a_reset(call):
    env = small(image_edit_v0.parallel_env, render_mode="ansi")
    calls = {**CALLS, "step": lambda env: env.step({})}
    with pytest.raises(RuntimeError, match=r"reset\(\) first"):
        calls[call](env)


def test_a_role_asks_for_a_reset():
    env = image_edit_v0.as_gymnasium("critic", DIRECT, **SMALL)
    for call in (lambda: env.step(0), env.action_masks):
        with pytest.raises(RuntimeError, match=r"reset\(\) first"):
            call()


@pytest.mark.parametrize("uniform", [False, True, "flat"])
def test_the_state_is_the_same_in_turn_and_at_once(uniform):
    turns = small(image_edit_v0.env, uniform_spaces=uniform)
    at_once = small(image_edit_v0.parallel_env, uniform_spaces=uniform)
    turns.reset(seed=3)
    at_once.reset(seed=3)
    assert_same(turns.state(), at_once.state())
    assert turns.state_space == at_once.state_space
    assert turns.state_space.contains(turns.state())


def test_the_state_holds_what_everybody_sees():
    env = small(image_edit_v0.env)
    env.reset(seed=0)
    for agent in env.agent_iter(7):
        seen, _, terminated, truncated, _ = env.last()
        space = env.observation_space("critic_0")["observation"]
        whole = spaces.unflatten(space, env.state())
        for key, value in seen["observation"].items():
            np.testing.assert_array_equal(whole[key], value, key)
        env.step(None if terminated or truncated else env.action_space(agent).sample())


@pytest.mark.filterwarnings("ignore:.*tate:UserWarning")
def test_pettingzoo_finds_the_state_in_order():
    turns, at_once = small(image_edit_v0.env), small(image_edit_v0.parallel_env)
    state_test(turns, at_once, num_cycles=10)
