"""The PettingZoo wrappers: conformance, what they show, and what they refuse."""

import numpy as np
import pytest
from gymnasium import spaces
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

from editenv import image_edit_v0
from editenv.wrappers.flattening import Flattening
from editenv.wrappers.team import flat_observations, plain_infos

ARGUMENTS = {"env_id": "ImageEdit-Restore-v0", "image_size": 32, "max_tokens": 16}
UNIFORM = pytest.mark.parametrize("uniform", [False, True, "flat"], ids=str)
KINDS = pytest.mark.parametrize("create", [image_edit_v0.env, image_edit_v0.parallel_env])


def flattened(create, uniform, **arguments):
    return flat_observations(create(uniform_spaces=uniform, **ARGUMENTS), **arguments)


@pytest.mark.filterwarnings("ignore::UserWarning")
@UNIFORM
@pytest.mark.parametrize("mask", [False, True], ids=["box", "mask"])
def test_conformance_of_flat_observations(uniform, mask):
    api_test(flattened(image_edit_v0.env, uniform, mask=mask), num_cycles=20)
    parallel_api_test(flattened(image_edit_v0.parallel_env, uniform, mask=mask), num_cycles=10)
    seed_test(lambda: flattened(image_edit_v0.env, uniform, mask=mask), num_cycles=5)
    parallel_seed_test(lambda: flattened(image_edit_v0.parallel_env, uniform, mask=mask), 5)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_conformance_of_plain_infos():
    api_test(plain_infos(image_edit_v0.env(**ARGUMENTS)), num_cycles=20)
    parallel_api_test(plain_infos(image_edit_v0.parallel_env(**ARGUMENTS)), num_cycles=10)


@UNIFORM
def test_turns_show_the_same_numbers_flat(uniform):
    plain = image_edit_v0.env(uniform_spaces=uniform, **ARGUMENTS)
    flat = flattened(image_edit_v0.env, uniform)
    plain.reset(seed=1)
    flat.reset(seed=1)
    for agent in flat.agent_iter():
        seen, reward, terminated, truncated, _ = flat.last()
        assert seen in flat.observation_space(agent)
        own = plain.observe(agent)
        assert ("action_mask" in own) == isinstance(flat.observation_space(agent), spaces.Dict)
        row = seen["observation"] if "action_mask" in own else seen
        mask = own.get("action_mask")
        inner = dict(own["observation"] if uniform != "flat" else own)
        inner.pop("action_mask", None)
        boxes = plain.observation_space(agent)
        boxes = dict(boxes["observation"].spaces if uniform != "flat" else boxes.spaces)
        boxes.pop("action_mask", None)
        np.testing.assert_array_equal(row, Flattening(spaces.Dict(boxes))(inner))
        assert reward == plain.last()[1]
        over = terminated or truncated
        action = None if over else flat.action_space(agent).sample(mask)
        flat.step(action)
        plain.step(action)
    assert not plain.agents


@KINDS
def test_uniform_agents_share_one_space_object(create):
    env = flattened(create, "flat", keys=["role", "image"], mask=False)
    found = {id(env.observation_space(agent)) for agent in env.possible_agents}
    assert len(found) == 1
    assert env.observation_space("critic_0").shape == (5 + 16 * 16 * 3,)


def test_all_at_once_episodes_end():
    env = plain_infos(flattened(image_edit_v0.parallel_env, "flat"))
    seen, infos = env.reset(seed=0)
    while env.agents:
        for agent in env.agents:
            assert seen[agent] in env.observation_space(agent)
            assert infos[agent] == {"illegal": 0, "is_success": False}
        draw = {a: env.action_space(a).sample(seen[a]["action_mask"]) for a in env.agents}
        seen, _, terminated, truncated, infos = env.step(draw)
    assert all(terminated[agent] or truncated[agent] for agent in seen)


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="env=3 is neither a PettingZoo AECEnv nor a ParallelEnv"):
        flat_observations(3)
    with pytest.raises(TypeError, match="env=None is neither"):
        plain_infos(None)
    with pytest.raises(ValueError, match=r"keys=\['sound'\]: choose at least one of"):
        flattened(image_edit_v0.env, "flat", keys=["sound"])
