"""Several agents of a role: whose turn it is, whose action counts, conformance."""

import numpy as np
import pytest
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test
from pettingzoo.test import test_save_obs as save_obs_test
from shared_tasks import shared

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES, scripted_team
from editenv.envs.credit import DifferenceCredit
from editenv.envs.roster import Roster
from editenv.tools import make_tools
from editenv.types import ToolCall

IDS = list(editenv.CONFIGURATIONS)
DICT_OBSERVATIONS = "ignore:Observation is not a NumPy array:UserWarning"
TWO_OF_EACH = dict.fromkeys(ROLES, 2)
UNEVEN = {"grounder": 2, "critic": 3}


def tool_names(env_id):
    preset = editenv.CONFIGURATIONS[env_id][1].get("tools", "objects")
    return [tool.name for tool in make_tools(preset)]


def two_editors(env_id):
    names = tool_names(env_id)
    return {"editor": [names[::2], names[1::2]]}


def make_team(env_id, team):
    return two_editors(env_id) if team == "two editors" else team


TEAMS = pytest.mark.parametrize(
    "team", ["two editors", TWO_OF_EACH], ids=["two editors", "two of each"]
)


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@TEAMS
@pytest.mark.parametrize("env_id", IDS)
def test_pettingzoo_conformance(env_id, team):
    arguments = {"team": make_team(env_id, team), **shared(env_id)}
    api_test(image_edit_v0.env(env_id, **arguments), num_cycles=40)
    parallel_api_test(image_edit_v0.parallel_env(env_id, **arguments), num_cycles=20)
    seed_test(lambda: image_edit_v0.env(env_id, **arguments), num_cycles=10)
    parallel_seed_test(lambda: image_edit_v0.parallel_env(env_id, **arguments), num_cycles=10)
    save_obs_test(image_edit_v0.env(env_id, **arguments))


@pytest.mark.filterwarnings(DICT_OBSERVATIONS)
@pytest.mark.parametrize("learned", [("editor_1",), ("grounder_1", "critic"), ("critic_2",)])
def test_pettingzoo_conformance_with_agents_learned_by_name(learned):
    arguments = {
        "team": {**UNEVEN, "editor": 2},
        "learned": learned,
        "agents": {} if "critic" in learned else {"critic": Contented()},
        **shared("ImageEdit-v0"),
    }
    api_test(image_edit_v0.env(**arguments), num_cycles=40)
    parallel_api_test(image_edit_v0.parallel_env(**arguments), num_cycles=20)
    seed_test(lambda: image_edit_v0.env(**arguments), num_cycles=10)
    parallel_seed_test(lambda: image_edit_v0.parallel_env(**arguments), num_cycles=10)


def sample(env, agent, observation):
    space, mask = env.action_space(agent), observation.get("action_mask")
    return space.sample() if mask is None else space.sample(mask)


def rollout(env, seed):
    """Every turn as (round, agent, tool of the round), with masked actions, to the end."""
    env.reset(seed=seed)
    rounds, turns = env.unwrapped.rounds, []
    for agent in env.agent_iter():
        observation, _, terminated, truncated, info = env.last()
        assert env.observation_space(agent).contains(observation)
        assert info["illegal"] == 0 and info["invalid"] == ""
        if terminated or truncated:
            env.step(None)
            continue
        turns.append((rounds.cycles, agent, rounds.view.tool))
        env.step(sample(env, agent, observation))
    assert not env.agents
    return turns


@TEAMS
@pytest.mark.parametrize("env_id", IDS)
def test_whole_aec_episodes(env_id, team):
    env = image_edit_v0.env(env_id, team=make_team(env_id, team), **shared(env_id))
    for seed in range(3):
        turns = rollout(env, seed)
        assert len({agent for cycle, agent, _ in turns if cycle == 0}) == 5
        roles = [agent.rpartition("_")[0] for _, agent, _ in turns]
        assert roles == [ROLES[number % 5] for number in range(len(turns))]


@TEAMS
@pytest.mark.parametrize("env_id", IDS)
def test_whole_parallel_episodes(env_id, team):
    env = image_edit_v0.parallel_env(env_id, team=make_team(env_id, team), **shared(env_id))
    for seed in range(3):
        observations, infos = env.reset(seed=seed)
        assert env.agents == env.possible_agents
        while env.agents:
            assert list(observations) == list(infos) == env.agents
            for agent, observation in observations.items():
                assert env.observation_space(agent).contains(observation)
            actions = {a: sample(env, a, o) for a, o in observations.items()}
            observations, rewards, terminated, truncated, infos = env.step(actions)
            assert len(set(rewards.values())) == 1
        assert all(terminated[a] or truncated[a] for a in env.possible_agents)


@pytest.mark.parametrize("team", [TWO_OF_EACH, UNEVEN], ids=["two of each", "uneven"])
def test_agents_of_a_role_take_turns_round_by_round(team):
    env = image_edit_v0.env("ImageEdit-Complex-v0", team=team, **shared("ImageEdit-Complex-v0"))
    seen = set()
    for seed in range(8):
        for cycle, agent, _ in rollout(env, seed):
            role, _, number = agent.rpartition("_")
            assert int(number) == cycle % team.get(role, 1)
            seen.add(agent)
    assert seen == set(env.possible_agents)


@pytest.mark.parametrize("env_id", IDS)
def test_the_tool_chooses_the_editor_turn_by_turn(env_id):
    team, seen = two_editors(env_id), set()
    env = image_edit_v0.env(env_id, team=team, **shared(env_id))
    for seed in range(10):
        for cycle, agent, tool in rollout(env, seed):
            if agent.startswith("editor"):
                owner = cycle % 2 if tool is None else int(tool in team["editor"][1])
                assert agent == f"editor_{owner}"
                seen.add((agent, tool is None))
    assert {("editor_0", False), ("editor_1", False)} <= seen


BLUR_OR_REST = {"editor": [[name for name in tool_names(IDS[0]) if name != "blur"], ["blur"]]}


@pytest.mark.parametrize(("tool", "owner"), [("blur", 1), ("brightness", 0)])
def test_all_at_once_only_the_owner_s_action_counts(tool, owner):
    env = image_edit_v0.parallel_env(team=BLUR_OR_REST, max_cycles=4)
    options = {}
    for numbers in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        env.reset(seed=0)
        actions = dict.fromkeys(env.agents, np.int64(0))
        actions["interpreter_0"] = np.zeros(3, np.int64)
        actions["selector_0"] = np.int64(tool_names(IDS[0]).index(tool))
        actions.update(editor_0=np.int64(numbers[0]), editor_1=np.int64(numbers[1]))
        env.step(actions)
        assert env.rounds.base.workspace.history == (ToolCall(tool, 0, numbers[owner]),)
        options.setdefault(numbers[owner], []).append(env.rounds.base.workspace.canvas)
    for first, second in options.values():
        np.testing.assert_array_equal(first, second)
    assert (options[0][0] != options[1][0]).any()


def test_all_at_once_the_turn_decides_whose_action_counts():
    env = image_edit_v0.parallel_env(team={"grounder": 2}, max_cycles=4)
    env.reset(seed=0)
    actions = dict.fromkeys(env.agents, np.int64(0))
    actions["interpreter_0"] = np.zeros(3, np.int64)
    actions.update(grounder_0=np.int64(1), grounder_1=np.int64(2))
    for _ in range(4):
        env.step(actions)
    assert [call.region for call in env.rounds.base.workspace.history] == [1, 2, 1, 2]


def test_an_editor_sees_the_options_of_its_own_tools():
    env = image_edit_v0.parallel_env(team=BLUR_OR_REST)
    observations, _ = env.reset(seed=0)
    assert observations["editor_0"]["action_mask"].sum() == 12  # recolour's
    assert observations["editor_1"]["action_mask"].sum() == 2


@pytest.mark.parametrize("kind", ["aec", "parallel"])
def test_a_learned_editor_leaves_the_other_one_frozen(kind):
    asked = []
    names = tool_names(IDS[0])
    arguments = {
        "team": two_editors(IDS[0]),
        "learned": ("editor_1",),
        "agents": {
            "selector": Alternating(names[3], names[4]),
            "editor_0": Recorder("0", asked),
            "critic": Contented(),
        },
        "max_calls": 4,
    }
    if kind == "aec":
        env = image_edit_v0.raw_env(**arguments)
        env.reset(seed=0)
        while not env.rounds.over:
            assert env.agent_selection == "editor_1" and env.rounds.view.tool == names[3]
            env.step(np.int64(1))
    else:
        env = image_edit_v0.parallel_env(**arguments)
        env.reset(seed=0)
        while env.agents:
            env.step({"editor_1": np.int64(1)})
    assert env.possible_agents == ["editor_1"]
    history = [(call.tool, call.option) for call in env.rounds.base.workspace.history]
    assert history == [(names[3], 1), (names[4], 0)] * 2
    assert asked == ["0", "0"]


class Blurs:
    def reset(self, workspace):
        pass

    def select(self, view):
        return "blur"


def test_two_frozen_editors_are_asked_in_their_turns():
    asked = []
    env = image_edit_v0.raw_env(
        team={"editor": 2},
        learned=("critic",),
        agents={
            "selector": Blurs(),
            "editor_0": Recorder("0", asked),
            "editor_1": Recorder("1", asked),
        },
        max_cycles=5,
    )
    env.reset(seed=0)
    while not env.rounds.over:
        env.step(np.int64(0))
    assert asked == ["0", "1", "0", "1", "0"]


def test_the_same_editor_twice_plays_like_one():
    def play(team):
        env = image_edit_v0.raw_env(learned=("critic",), agents="scripted", team=team)
        canvases = []
        for seed in range(6):
            env.reset(seed=seed)
            critic = scripted_team().critic
            while not env.rounds.over:
                env.step(("accept", "undo", "submit").index(critic.judge(env.rounds.view)))
            canvases.append(env.rounds.base.workspace.canvas)
        return canvases

    for one, two in zip(play({}), play(two_editors(IDS[0])), strict=True):
        np.testing.assert_array_equal(one, two)


def test_an_episode_that_others_end_before_the_first_turn_is_served_as_over():
    arguments = {"team": {"critic": 2}, "learned": ("critic_1",), "agents": {"critic_0": Hasty()}}
    env = image_edit_v0.env(**arguments)
    env.reset(seed=0)
    served = []
    for agent in env.agent_iter():
        _, _, terminated, truncated, _ = env.last()
        served.append((agent, terminated, truncated))
        env.step(None)
    assert served == [("critic_1", True, False)] and not env.agents
    together = image_edit_v0.parallel_env(**arguments)
    together.reset(seed=0)
    _, _, terminated, *_ = together.step({"critic_1": np.int64(0)})
    assert terminated == {"critic_1": True} and not together.agents


class Hasty:
    def reset(self, workspace):
        pass

    def judge(self, view):
        return "submit"


class Alternating:
    """Selects one tool after the other, whatever the region."""

    def __init__(self, *names):
        self.names = names

    def reset(self, workspace):
        self.count = 0

    def select(self, view):
        self.count += 1
        return self.names[(self.count - 1) % len(self.names)]


class Contented:
    def reset(self, workspace):
        pass

    def judge(self, view):
        return "accept"


class Recorder:
    def __init__(self, name, asked):
        self.name, self.asked = name, asked

    def reset(self, workspace):
        pass

    def edit(self, view):
        self.asked.append(self.name)
        return 0


def test_names_stand_in_the_order_of_a_round():
    env = image_edit_v0.raw_env(team=UNEVEN, learned=("critic_1", "grounder", "interpreter_0"))
    assert env.possible_agents == ["interpreter_0", "grounder_0", "grounder_1", "critic_1"]
    assert [env.role_of(a) for a in env.possible_agents] == [
        "interpreter",
        "grounder",
        "grounder",
        "critic",
    ]


def test_a_roster_without_owners_ignores_the_tool():
    roster = Roster({"editor": 2}, ["blur", "flip"])
    acting = [
        roster.acting("editor", cycle, tool) for cycle in (0, 1, 2) for tool in ("blur", None)
    ]
    assert acting == ["editor_0"] * 2 + ["editor_1"] * 2 + ["editor_0"] * 2
    assert roster.owned("editor_1") is None
    assert Roster({"editor": [["blur"], ["flip"]]}, ["blur", "flip"]).owned("editor_1") == ("flip",)


def test_oracles_that_take_turns_solve_what_one_of_each_solves():
    team = {"interpreter": 2, "grounder": 2, "selector": 2, "editor": 2}
    env_id = "ImageEdit-MultiStep-v0"
    arguments = {"learned": ("critic",), "agents": "oracle", "region_labels": True}
    for number in range(6):
        env = image_edit_v0.parallel_env(env_id, team=team, **arguments, **shared(env_id, side=128))
        env.reset(seed=0, options={"task": number})
        while env.agents:
            verdict = 2 if env.rounds.cycles == len(env.rounds.base.task.sub_edits) else 0
            *_, infos = env.step({"critic_0": np.int64(verdict)})
        assert infos["critic_0"]["is_success"]


def test_parallel_difference_knows_what_an_editor_that_was_not_asked_had_decided():
    heard = []

    class Listening(DifferenceCredit):
        def end_round(self, rounds):
            heard.append((dict(self._unheard), dict(self._decisions)))
            super().end_round(rounds)

    team = two_editors(IDS[0])
    env = image_edit_v0.parallel_env(team=team, reward=Listening())
    env.reset(seed=0)
    actions = {agent: np.int64(1) for agent in env.agents if "interpreter" not in agent}
    env.step(actions | {"interpreter_0": np.zeros(3, np.int64), "critic_0": np.int64(0)})
    unheard, decisions = heard[0]
    editors = {"editor_0", "editor_1"}
    assert editors <= set(unheard) and len(editors & set(decisions)) == 1
