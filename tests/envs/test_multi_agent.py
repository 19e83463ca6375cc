"""The PettingZoo environments: conformance, whole episodes, equality with the single agent."""

import warnings
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import gymnasium
import numpy as np
import pettingzoo
import pytest
from editenv_policies.baselines import OracleActor, PipelineActor, RandomActor
from editenv_policies.evaluation import play
from gymnasium.utils.env_checker import data_equivalence
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)
from pettingzoo.test import test_save_obs as save_obs_test
from shared_tasks import shared

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES, Intent, scripted_team
from editenv.agents.oracle import candidates
from editenv.agents.roles import VERDICTS
from editenv.agents.team import look
from editenv.envs.vocabulary import Vocabulary, default_subjects
from editenv.tools import make_tools

IDS = list(editenv.CONFIGURATIONS)
SUBSETS = [ROLES, ("critic",), ("interpreter", "editor"), ("grounder", "selector", "critic")]
ALL_SUBSETS = [some for count in range(1, 5) for some in combinations(ROLES, count)]
DICT_OBSERVATIONS = "ignore:Observation is not a NumPy array:UserWarning"


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@pytest.mark.parametrize("env_id", IDS)
def test_pettingzoo_conformance(env_id):
    api_test(image_edit_v0.env(env_id), num_cycles=60)
    parallel_api_test(image_edit_v0.parallel_env(env_id), num_cycles=30)
    seed_test(lambda: image_edit_v0.env(env_id), num_cycles=20)
    parallel_seed_test(lambda: image_edit_v0.parallel_env(env_id), num_cycles=20)
    save_obs_test(image_edit_v0.env(env_id))


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@pytest.mark.parametrize("learned", ALL_SUBSETS, ids="+".join)
def test_pettingzoo_conformance_with_frozen_members(learned):
    def make(create=image_edit_v0.env):
        return create(learned=learned, **shared("ImageEdit-v0"))

    api_test(make(), num_cycles=60)
    parallel_api_test(make(image_edit_v0.parallel_env), num_cycles=30)
    seed_test(make, num_cycles=20)
    parallel_seed_test(lambda: make(image_edit_v0.parallel_env), num_cycles=20)
    save_obs_test(make())


class Contented:
    """A critic that accepts everything, so that only the limit ends an episode."""

    def reset(self, workspace):
        pass

    def judge(self, view):
        return "accept"


@pytest.mark.parametrize("env_id", IDS)
def test_max_cycles_are_rounds(env_id):
    others = {"env_id": env_id, "learned": ROLES[:-1], "agents": {"critic": Contented()}}
    max_cycles_test(
        SimpleNamespace(
            env=lambda **kwargs: image_edit_v0.env(**others, **kwargs),
            parallel_env=lambda **kwargs: image_edit_v0.parallel_env(**others, **kwargs),
        )
    )


@pytest.mark.parametrize("env_id", IDS)
def test_render(env_id, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    render_test(lambda **arguments: image_edit_v0.env(env_id, **arguments))


def sample(env, agent, observation, legal=True):
    space = env.action_space(agent)
    mask = observation.get("action_mask")
    return space.sample() if mask is None or not legal else space.sample(mask)


@pytest.mark.parametrize("legal", [True, False], ids=["masked", "any"])
@pytest.mark.parametrize("learned", SUBSETS, ids="+".join)
@pytest.mark.parametrize("env_id", IDS)
def test_whole_aec_episodes(env_id, learned, legal):
    env = image_edit_v0.env(env_id, learned=learned)
    for seed in range(3):
        env.reset(seed=seed)
        turns, returns = [], dict.fromkeys(env.possible_agents, 0.0)
        for agent in env.agent_iter():
            observation, reward, terminated, truncated, info = env.last()
            returns[agent] += reward
            assert env.observation_space(agent).contains(observation)
            assert isinstance(info["illegal"], int)
            if "action_mask" in info:
                np.testing.assert_array_equal(info["action_mask"], observation["action_mask"])
            over = terminated or truncated
            if not over:
                turns.append(agent)
            env.step(None if over else sample(env, agent, observation, legal))
        assert not env.agents
        expected = [env.possible_agents[i % len(learned)] for i in range(len(turns))]
        assert turns == expected
        assert list(returns.values()) == pytest.approx([returns[agent]] * len(returns))


@pytest.mark.parametrize("learned", SUBSETS, ids="+".join)
@pytest.mark.parametrize("env_id", IDS)
def test_whole_parallel_episodes(env_id, learned):
    env = image_edit_v0.parallel_env(env_id, learned=learned)
    for seed in range(3):
        observations, infos = env.reset(seed=seed)
        while env.agents:
            assert set(observations) == set(infos) == set(env.agents)
            for agent, observation in observations.items():
                assert env.observation_space(agent).contains(observation)
            actions = {a: sample(env, a, o) for a, o in observations.items()}
            observations, rewards, terminated, truncated, infos = env.step(actions)
            assert len(set(rewards.values())) == 1
        assert all(terminated[a] or truncated[a] for a in terminated)


def actions_for(env, call):
    """What a team says to make one call of ``ImageEditEnv``."""
    rounds = env.unwrapped.rounds
    tools = [tool.name for tool in rounds.base.tools]
    if call.tool in tools:
        choice = (call.region, tools.index(call.tool), call.option, VERDICTS.index("accept"))
    else:
        choice = (0, len(tools), 0, VERDICTS.index(call.tool))
    return [np.zeros(3, np.int64), *(np.int64(number) for number in choice)]


@pytest.mark.parametrize("env_id", IDS)
def test_the_same_calls_give_the_same_episode_as_the_single_agent(env_id, episodes=8):
    single, team = gymnasium.make(env_id), image_edit_v0.env(env_id)
    together, random = image_edit_v0.parallel_env(env_id), RandomActor(seed=1)
    for seed in range(episodes):
        first, _ = single.reset(seed=seed)
        team.reset(seed=seed)
        together.reset(seed=seed)
        over = False
        while not over:
            action = random.act(first, single)
            call = single.unwrapped.decode(action)
            first, reward, terminated, truncated, info = single.step(action)
            over = terminated or truncated
            choices = actions_for(team, call)
            gained = 0.0
            for choice in choices:
                if (
                    team.terminations[team.agent_selection]
                    or team.truncations[team.agent_selection]
                ):
                    break
                team.step(choice)
                gained += team.rewards["critic_0"]
            agents = dict(zip(together.possible_agents, choices, strict=True))
            seen, rewards, ended, cut, infos = together.step(agents)
            assert gained == reward == rewards["critic_0"]
            assert infos["critic_0"]["checklist"] == info["checklist"]
            for other in (team.unwrapped.rounds, together.rounds):
                workspace = single.unwrapped.workspace
                np.testing.assert_array_equal(other.base.workspace.canvas, workspace.canvas)
                assert other.base.workspace.history == workspace.history
            assert ended["critic_0"] == team.unwrapped.rounds.terminated == terminated
            assert cut["critic_0"] == team.unwrapped.rounds.truncated == truncated
            for key, value in first.items():
                np.testing.assert_array_equal(seen["critic_0"]["observation"][key], value)


@pytest.mark.slow
@pytest.mark.parametrize("env_id", IDS)
def test_a_thousand_episodes_over_all_ids_are_the_same(env_id):
    test_the_same_calls_give_the_same_episode_as_the_single_agent(env_id, episodes=143)


@pytest.mark.parametrize("env_id", ["ImageEdit-v0", "ImageEdit-Direct-v0"])
def test_a_team_of_frozen_members_does_what_the_pipeline_does(env_id):
    single = gymnasium.make(env_id, split="test")
    env = image_edit_v0.env(env_id, split="test", learned=("critic",))
    for seed in range(20):
        solved, total, _ = play(PipelineActor(), single, seed)
        env.reset(seed=seed)
        critic, gained = scripted_team().critic, 0.0
        for _ in env.agent_iter():
            _, reward, terminated, truncated, info = env.last()
            gained += reward
            over = terminated or truncated
            verdict = None if over else critic.judge(env.unwrapped.rounds.view)
            env.step(None if over else VERDICTS.index(verdict))
        assert info["is_success"] == solved
        assert gained == pytest.approx(total)


@pytest.mark.parametrize("env_id", IDS)
def test_oracles_around_a_scripted_interpreter_use_its_turns(env_id):
    single = gymnasium.make(env_id)
    env = image_edit_v0.parallel_env(env_id, learned=("interpreter",), agents="oracle")
    outcomes = []
    for seed in range(3):
        env.reset(seed=seed)
        while env.agents:
            *_, infos = env.step({"interpreter_0": np.zeros(3, np.int64)})
        outcomes.append(infos["interpreter_0"]["is_success"])
        assert outcomes[-1] == play(OracleActor(), single, seed)[0]
    assert sum(outcomes) >= 2


def test_aec_agents_see_this_round_and_parallel_agents_the_last_one():
    env, together = image_edit_v0.env(), image_edit_v0.parallel_env()
    env.reset(seed=0)
    observations, _ = together.reset(seed=0)
    actions = [np.array([2, 1, 1]), np.int64(1), np.int64(0), np.int64(3), np.int64(0)]
    known = [0, 3, 4, 5, 6]
    for action, count in zip(actions, known, strict=True):
        seen = env.last()[0]["observation"]["round"]
        assert [n != -1 for n in seen] == [True] * count + [False] * (7 - count)
        env.step(action)
    assert (env.last()[0]["observation"]["round"] == -1).all()
    assert all((o["observation"]["round"] == -1).all() for o in observations.values())
    agents = dict(zip(together.possible_agents, actions, strict=True))
    observations = together.step(agents)[0]
    for observation in observations.values():
        np.testing.assert_array_equal(observation["observation"]["round"], [2, 1, 1, 1, 0, 3, 0])


def test_the_critic_sees_before_and_after():
    env = image_edit_v0.env("ImageEdit-Direct-v0")
    env.reset(seed=0)
    rounds = env.unwrapped.rounds
    workspace = rounds.base.workspace
    call = candidates(workspace, look(workspace), workspace.task.sub_edits[0])[0]
    for action in actions_for(env, call)[:4]:
        env.step(action)
    seen = env.last()[0]["observation"]
    np.testing.assert_array_equal(seen["before"], workspace.task.source)
    assert (seen["image"] != seen["before"]).any()


@pytest.mark.parametrize("nonsense", [None, -1, 10**6, "blur", np.zeros(7)], ids=repr)
def test_actions_outside_the_space_are_counted_and_harmless(nonsense):
    env = image_edit_v0.env()
    env.reset(seed=0)
    source = env.unwrapped.rounds.base.workspace.canvas
    for _ in ROLES:
        env.step(nonsense)
    assert env.last()[4]["illegal"] == 5
    assert env.unwrapped.rounds.base.workspace.canvas is source


@pytest.mark.parametrize("env_id", IDS)
def test_masked_actions_are_valid_calls(env_id):
    env = image_edit_v0.env(env_id)
    for seed in range(10):
        env.reset(seed=seed)
        for agent in env.agent_iter():
            observation, _, terminated, truncated, info = env.last()
            assert info["invalid"] == ""
            over = terminated or truncated
            env.step(None if over else sample(env, agent, observation))


@pytest.mark.parametrize("env_id", IDS)
def test_pettingzoos_registry_makes_both_kinds(env_id):
    image_edit_v0.register_teams()
    for kind, create in (("aec", image_edit_v0.env), ("parallel", image_edit_v0.parallel_env)):
        made, direct = pettingzoo.make(kind, env_id, split="test"), create(env_id, split="test")
        for env in (made, direct):
            env.reset(seed=0)
        tasks = [env.unwrapped.rounds.base.task for env in (made, direct)]
        assert tasks[0].instruction == tasks[1].instruction


def test_spaces_are_the_same_objects():
    for env in (image_edit_v0.env(), image_edit_v0.parallel_env()):
        for agent in env.possible_agents:
            assert env.action_space(agent) is env.action_space(agent)
            assert env.observation_space(agent) is env.observation_space(agent)


def test_two_runs_are_equal_to_the_byte():
    def run():
        env = image_edit_v0.parallel_env()
        seen = [env.reset(seed=3)]
        for agent in env.possible_agents:
            env.action_space(agent).seed(0)
        while env.agents:
            seen.append(env.step({a: env.action_space(a).sample() for a in env.agents}))
        return seen

    first, second = run(), run()
    assert len(first) == len(second)
    assert all(data_equivalence(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"env_id": "ImageEdit-v9"}, "env_id='ImageEdit-v9'"),
        ({"learned": ("editors",)}, "editors"),
        ({"learned": ()}, "learned="),
        ({"learned": "critic"}, "learned='critic'"),
        ({"agents": {"editors": "scripted"}}, "'editors'"),
        ({"learned": ("critic",), "agents": "random walk"}, "'random walk'"),
        ({"reward": "shared"}, "reward='shared'"),
        ({"uniform_spaces": "padded"}, "uniform_spaces='padded'"),
        ({"team": {"boss": 1}}, "'boss'"),
        ({"team": {"critic": 0}}, "team\\['critic'\\]=0"),
        ({"team": {"critic": [["blur"]]}}, "only editors own"),
        ({"team": {"editor": [["blur"], ["recolour"]]}}, "own each"),
        ({"team": {"editor": [["blur"], ["blur"]]}}, "two editors"),
        ({"max_cycles": 0}, "max_cycles=0"),
        ({"max_calls": -1}, "max_calls=-1"),
        ({"action_format": "discrete"}, "action_format"),
        ({"max_steps": 3}, "max_steps=3.*max_calls"),
        ({"subjects": ("dog", "dog")}, "subjects="),
        ({"tools": "everything"}, "everything"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    for make in (image_edit_v0.env, image_edit_v0.parallel_env):
        with pytest.raises(ValueError, match=message):
            make(**arguments)


def test_vocabulary_goes_both_ways():
    words = Vocabulary(make_tools("objects"), default_subjects())
    for intent in (None, Intent("recolour", "cactus", "teal"), Intent("remove", "background")):
        assert words.decode(*words.encode(intent)) == intent
    assert words.encode(Intent("fly", "cactus")) == (0, 0, 0)
    phrase = replace(Intent("blur", ""), subject="blur the pickup truck beside the cactus")
    assert words.subjects[words.encode(phrase)[1]] == "pickup truck"
    nested = Vocabulary(make_tools("objects"), ("whole image", "bear", "teddy bear", "teddy"))
    assert nested.encode(Intent("blur", "blur the teddy bear"))[1] == 2


def test_nobody_is_left_out_or_served_after_the_end():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parallel_api_test(image_edit_v0.parallel_env(), num_cycles=20)
    told = [str(warning.message) for warning in caught]
    assert not [text for text in told if "not given" in text or "dead" in text]


def test_a_selector_has_no_tools_for_regions_where_there_is_no_region():
    team = image_edit_v0.parallel_env(tools=["recolour", "blur", "crop"], slots=1)
    seen, _ = team.reset(seed=0)
    assert seen["selector_0"]["action_mask"].tolist() == [0, 1, 1, 1]
