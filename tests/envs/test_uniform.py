"""One space for every agent: conformance, masks, the same episodes, SuperSuit."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    seed_test,
)
from pettingzoo.test import test_save_obs as save_obs_test
from shared_tasks import shared

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES

IDS = list(editenv.CONFIGURATIONS)
KINDS = pytest.mark.parametrize("uniform", [True, "flat"], ids=["nested", "flat"])
SUBSETS = [some for count in range(1, 5) for some in combinations(ROLES, count)]
DICT_OBSERVATIONS = "ignore:Observation is not a NumPy array:UserWarning"


class Contented:
    def reset(self, workspace):
        pass

    def judge(self, view):
        return "accept"


def conform(env_id="ImageEdit-v0", **arguments):
    arguments = {"env_id": env_id, **shared(env_id), **arguments}
    api_test(image_edit_v0.env(**arguments), num_cycles=40)
    parallel_api_test(image_edit_v0.parallel_env(**arguments), num_cycles=20)
    seed_test(lambda: image_edit_v0.env(**arguments), num_cycles=10)
    parallel_seed_test(lambda: image_edit_v0.parallel_env(**arguments), num_cycles=10)
    save_obs_test(image_edit_v0.env(**arguments))


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@KINDS
@pytest.mark.parametrize("env_id", IDS)
def test_pettingzoo_conformance(env_id, uniform):
    conform(env_id=env_id, uniform_spaces=uniform)


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@KINDS
@pytest.mark.parametrize("learned", SUBSETS, ids="+".join)
def test_pettingzoo_conformance_with_frozen_members(learned, uniform):
    conform(learned=learned, uniform_spaces=uniform)


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@KINDS
@pytest.mark.parametrize("env_id", IDS)
def test_pettingzoo_conformance_with_two_editors(env_id, uniform):
    names = [tool.name for tool in image_edit_v0.raw_env(env_id).rounds.base.tools]
    conform(env_id=env_id, uniform_spaces=uniform, team={"editor": [names[::2], names[1::2]]})


def test_max_cycles_are_rounds():
    class Module:
        @staticmethod
        def make(create, **kwargs):
            others = {"learned": ROLES[:-1], "agents": {"critic": Contented()}}
            return create(uniform_spaces=True, **shared("ImageEdit-v0"), **others, **kwargs)

        @classmethod
        def env(cls, **kwargs):
            return cls.make(image_edit_v0.env, **kwargs)

        @classmethod
        def parallel_env(cls, **kwargs):
            return cls.make(image_edit_v0.parallel_env, **kwargs)

    max_cycles_test(Module)


@KINDS
@pytest.mark.parametrize("env_id", IDS)
def test_all_agents_have_the_same_spaces(env_id, uniform):
    for create in (image_edit_v0.env, image_edit_v0.parallel_env):
        env = create(env_id, uniform_spaces=uniform, team={"critic": 2})
        for kind in (env.observation_space, env.action_space):
            assert len({id(kind(agent)) for agent in env.possible_agents}) == 1
        assert isinstance(env.action_space("critic_1"), spaces.Discrete)
        entries = env.observation_space("critic_1").spaces.values()
        nested = [entry for entry in entries if isinstance(entry, spaces.Dict)]
        assert len(nested) == (0 if uniform == "flat" else 1)


@KINDS
@pytest.mark.parametrize("env_id", IDS)
def test_masked_actions_are_legal_and_valid(env_id, uniform):
    env = image_edit_v0.env(env_id, uniform_spaces=uniform, **shared(env_id))
    for seed in range(5):
        env.reset(seed=seed)
        for agent in env.agent_iter():
            observation, _, terminated, truncated, info = env.last()
            assert env.observation_space(agent).contains(observation)
            np.testing.assert_array_equal(observation["action_mask"], info["action_mask"])
            assert (info["illegal"], info["invalid"]) == (0, "")
            over = terminated or truncated
            action = None if over else env.action_space(agent).sample(observation["action_mask"])
            env.step(action)


@pytest.mark.parametrize("env_id", IDS)
def test_all_at_once_masked_actions_are_legal(env_id):
    env = image_edit_v0.parallel_env(env_id, uniform_spaces="flat", **shared(env_id))
    for seed in range(5):
        observations, infos = env.reset(seed=seed)
        while env.agents:
            actions = {
                agent: env.action_space(agent).sample(seen["action_mask"])
                for agent, seen in observations.items()
            }
            observations, *_, infos = env.step(actions)
            assert all(info["illegal"] == 0 for info in infos.values())


def own_action(env, agent, number):
    """What a padded number is in the role's own space, from the documentation."""
    rounds = env.unwrapped.rounds
    if env.unwrapped.role_of(agent) != "interpreter":
        return np.int64(number)
    if number == 0:
        return np.zeros(3, np.int64)
    tools = rounds.base.tools
    pairs = list(dict.fromkeys((tool.action, option) for tool in tools for option in tool.options))
    regions = rounds.base.workspace.named_regions
    action, goal = pairs[(number - 1) // len(regions)]
    subject = regions[(number - 1) % len(regions)].label
    words = rounds.vocabulary
    numbers = (words.actions.index(action), words.subjects.index(subject), words.goals.index(goal))
    return np.array(numbers, np.int64)


@KINDS
@pytest.mark.parametrize("env_id", IDS)
def test_corresponding_actions_give_the_same_episode_turn_by_turn(env_id, uniform):
    padded = image_edit_v0.raw_env(env_id, uniform_spaces=uniform, **shared(env_id))
    plain = image_edit_v0.raw_env(env_id, **shared(env_id))
    for seed in range(4):
        padded.reset(seed=seed)
        plain.reset(seed=seed)
        space = padded.action_space(padded.agents[0])
        space.seed(seed)
        while not padded.rounds.over:
            agent = padded.agent_selection
            assert agent == plain.agent_selection
            seen, own = padded.observe(agent), plain.observe(agent)
            check_padding(seen if uniform == "flat" else seen["observation"], own, agent)
            check_mask(seen["action_mask"], own.get("action_mask"))
            number = space.sample(seen["action_mask"])
            plain.step(own_action(plain, agent, int(number)))
            padded.step(number)
            assert padded.rewards == plain.rewards
            canvases = [env.rounds.base.workspace.canvas for env in (padded, plain)]
            np.testing.assert_array_equal(*canvases)
        assert plain.rounds.over


def check_padding(seen, own, agent):
    for name, value in own["observation"].items():
        np.testing.assert_array_equal(seen[name], value)
    one_hot = [role == agent.removesuffix("_0") for role in ROLES]
    np.testing.assert_array_equal(seen["role"], one_hot)
    if agent != "critic_0":
        assert not seen["before"].any()


def check_mask(padded, own):
    if own is not None:
        np.testing.assert_array_equal(padded[: len(own)], own)
        assert not padded[len(own) :].any()


@pytest.mark.parametrize("env_id", IDS)
def test_corresponding_actions_give_the_same_episode_all_at_once(env_id):
    padded = image_edit_v0.parallel_env(env_id, uniform_spaces=True, **shared(env_id))
    plain = image_edit_v0.parallel_env(env_id, **shared(env_id))
    for seed in range(4):
        seen, _ = padded.reset(seed=seed)
        plain.reset(seed=seed)
        space = padded.action_space(padded.agents[0])
        space.seed(seed)
        while padded.agents:
            numbers = {agent: space.sample(seen[agent]["action_mask"]) for agent in padded.agents}
            own = {agent: own_action(plain, agent, int(n)) for agent, n in numbers.items()}
            seen, rewards, terminated, truncated, infos = padded.step(numbers)
            _, *others = plain.step(own)
            assert (rewards, terminated, truncated) == tuple(others[:3])
            for agent, info in infos.items():
                assert info["checklist"] == others[3][agent]["checklist"]
            canvases = [env.rounds.base.workspace.canvas for env in (padded, plain)]
            np.testing.assert_array_equal(*canvases)


@pytest.mark.parametrize("env_id", ["ImageEdit-Direct-v0", "ImageEdit-Retouch-v0"])
def test_every_number_of_the_interpreter_means_one_tuple(env_id):
    env = image_edit_v0.raw_env(env_id, uniform_spaces=True, **shared(env_id))
    env.reset(seed=3)
    seen, legal = set(), np.flatnonzero(env.observe("interpreter_0")["action_mask"])
    for number in legal:
        env.reset(seed=3)
        env.step(number)
        intent, said = env.rounds.view.intent, own_action(env, "interpreter_0", int(number))
        assert (intent is None) == (number == 0)
        assert env.rounds.vocabulary.encode(intent) == tuple(said)
        np.testing.assert_array_equal(env.rounds.round[:3], said)
        seen.add(tuple(said))
    options = {(tool.action, name) for tool in env.rounds.base.tools for name in tool.options}
    present = sum(region is not None for region in env.rounds.base.workspace.regions)
    assert len(legal) == 1 + len(options) * present
    labels = {region.label for region in env.rounds.base.workspace.named_regions if region}
    assert len(seen) == 1 + len(options) * len(labels)


SIZES = {"grounder": 10, "selector": 15, "editor": 12, "critic": 3}


@cache
def padded_env():
    return image_edit_v0.raw_env(uniform_spaces=True, **shared("ImageEdit-v0"))


@given(role=st.sampled_from(ROLES), number=st.integers(-3, 700), wide=st.booleans())
@settings(max_examples=60, deadline=None)
def test_numbers_beyond_a_role_are_counted_and_do_nothing(role, number, wide):
    env = padded_env()
    env.reset(seed=3)
    for _ in ROLES[: ROLES.index(role)]:
        env.step(np.int64(0))
    action = np.int64(number) if wide else number
    legal = 0 <= number < SIZES.get(role, 1)
    if role == "interpreter" and 0 < number < env.action_space("interpreter_0").n:
        regions = env.rounds.base.workspace.regions
        legal = regions[(number - 1) % len(regions)] is not None
    before = env.rounds.base.workspace.canvas
    env.step(action)
    assert env.rounds.illegal == (0 if legal else 1)
    if not legal:
        asked = {"interpreter": 0, "grounder": 3, "selector": 4, "editor": 5, "critic": 6}[role]
        default = {"selector": 14}.get(role, 0)
        if role == "critic":  # a new round has begun
            assert env.rounds.cycles == 1 and not env.rounds.over
        else:
            assert env.rounds.round[asked] == default
        assert env.rounds.base.workspace.canvas is before or role == "editor"


@pytest.mark.parametrize("nonsense", [None, "blur", 2.5, np.zeros(3, np.int64)], ids=repr)
def test_nonsense_is_counted_and_does_nothing(nonsense):
    env = image_edit_v0.raw_env(uniform_spaces="flat")
    env.reset(seed=0)
    source = env.rounds.base.workspace.canvas
    for _ in ROLES:
        env.step(nonsense)
    assert env.rounds.illegal == 5
    assert env.rounds.base.workspace.canvas is source


@pytest.mark.filterwarnings("ignore")
def test_supersuit_and_stable_baselines3_take_the_flat_spaces():
    supersuit = pytest.importorskip("supersuit")
    sb3 = pytest.importorskip("stable_baselines3")
    env = image_edit_v0.parallel_env("ImageEdit-Direct-v0", uniform_spaces="flat", max_cycles=3)
    vector = supersuit.pettingzoo_env_to_vec_env_v1(env)
    vector = supersuit.concat_vec_envs_v1(vector, 2, base_class="stable_baselines3")
    assert vector.num_envs == 2 * len(ROLES)
    model = sb3.PPO("MultiInputPolicy", vector, n_steps=8, batch_size=40, n_epochs=1)
    before = [value.clone() for value in model.policy.parameters()]
    model.learn(80)
    assert model.num_timesteps == 80
    after = model.policy.parameters()
    assert any((a != b).any() for a, b in zip(before, after, strict=True))
    observations = vector.reset()
    np.testing.assert_array_equal(observations["role"], np.tile(np.eye(5), (2, 1)))
    for _ in range(7):  # through the end of two episodes
        actions, _ = model.predict(observations)
        assert all(vector.action_space.contains(action) for action in actions)
        observations, rewards, dones, infos = vector.step(actions)
        assert len(rewards) == len(infos) == 10
        assert len(set(dones[:5])) == len(set(dones[5:])) == 1
