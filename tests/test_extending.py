"""What another package adds: one call each, without a change in this package."""

from dataclasses import replace
from unittest.mock import patch

import gymnasium
import numpy as np
import outside_parts
import pytest

import editenv  # noqa: F401
from editenv.agents.factory import MEMBER_KINDS, register_member
from editenv.agents.parser import find_option, parse
from editenv.encoders import register_encoder
from editenv.encoders.factory import ENCODER_KINDS
from editenv.grounders import register_grounder
from editenv.grounders.factory import GROUNDER_KINDS
from editenv.judges import JUDGE_KINDS, register_judge
from editenv.models.chat import CHAT_KINDS, make_chat_model, register_chat_kind
from editenv.rewards import TERMS, register_term
from editenv.tasks import TASK_SOURCES, make_tasks, register_tasks
from editenv.tools import (
    OPERATIONS,
    TOOL_KINDS,
    TOOLS,
    Demand,
    find_operation,
    register_operation,
    register_tool,
    register_tool_kind,
)
from editenv.types import ToolCall

REGISTRIES = {
    "tool": TOOLS,
    "operation": OPERATIONS,
    "tool kind": TOOL_KINDS,
    "tasks": TASK_SOURCES,
    "term": TERMS,
    "encoder": ENCODER_KINDS,
    "grounder": GROUNDER_KINDS,
    "judge": JUDGE_KINDS,
    "member": MEMBER_KINDS,
    "chat": CHAT_KINDS,
}


@pytest.fixture(autouse=True)
def registries_as_before():
    patches = [patch.dict(registry) for registry in REGISTRIES.values()]
    for each in patches:
        each.start()
    yield
    for each in patches:
        each.stop()


def first_step(tool="posterize", **arguments):
    """Make an environment, call a tool on the whole picture; returns environment and step."""
    env = gymnasium.make("ImageEdit-v0", image_size=64, disable_env_checker=True, **arguments)
    env.reset(seed=0)
    return env, env.step(env.unwrapped.encode(ToolCall(tool, 0, 1)))


def test_a_tool():
    register_tool(outside_parts.Posterize())
    env, (observation, _, _, _, info) = first_step(tools=["posterize", "blur"])
    assert info["invalid"] == ""
    assert set(np.unique(observation["image"])) == {0, 128}
    assert env.unwrapped.call_names[:2] == ("posterize", "blur")


def test_an_operation():
    (before,) = [parse("Make a very bold poster of it", ["posterize", "blur"])]
    assert not before and find_operation("posterize").tolerance == (0.05, 0.25)
    register_operation(outside_parts.POSTERIZE)
    (wish,) = parse("Make a very bold poster of it", ["posterize", "blur"])
    assert wish.action == "posterize"
    assert find_option(wish, outside_parts.Posterize()) == 1
    assert find_operation("posterize").tolerance == (0.5, 0.5)
    with pytest.raises(ValueError, match="'posterize' is taken"):
        register_operation(outside_parts.POSTERIZE)


def test_an_operation_from_outside_changes_no_task():
    before = make_tasks("mixed", split="test", height=64, width=64)
    said = [before.sample(np.random.default_rng(seed)).instruction for seed in range(8)]
    demand = Demand(largest_group=3, follows=True)
    register_operation(replace(outside_parts.POSTERIZE, demand=demand))
    after = make_tasks("mixed", split="test", height=64, width=64)
    assert said == [after.sample(np.random.default_rng(seed)).instruction for seed in range(8)]


def test_a_kind_of_tool():
    register_tool_kind("lab", "outside_parts:Posterize")
    _, (observation, _, _, _, _) = first_step("mine", tools=["lab:mine", "blur"])
    assert set(np.unique(observation["image"])) == {0, 128}


def test_a_source_of_tasks():
    register_tasks("always", outside_parts.OneTask)
    env, _ = first_step("blur", tasks="always")
    assert env.reset(seed=1)[1]["instruction"] == env.reset(seed=2)[1]["instruction"]


def test_a_reward_term():
    register_term("changed")(outside_parts.changed)
    _, (_, reward, _, _, _) = first_step("blur", reward={"changed": 2.0})
    assert 0.0 < reward <= 2.0


def test_an_encoder():
    register_encoder("letters", "outside_parts:Letters")
    env, (observation, *_) = first_step("blur", encoder="letters:anywhere")
    assert observation["instruction"].shape[1] == 8
    assert env.observation_space.contains(observation)


def test_a_grounder():
    register_grounder("halves", "outside_parts:Halves")
    env, _ = first_step("blur", grounder="halves:2")
    boxes = [region.box for region in env.unwrapped.workspace.regions if region is not None]
    assert boxes == [(0, 0, 64, 64), (0, 0, 32, 64), (32, 0, 64, 64)]


def test_a_judge():
    register_judge("constant", "outside_parts:Constant")
    env, _ = first_step("blur", judge="constant:7", reward={"judge": 1.0})
    *_, info = env.step(env.unwrapped.encode(ToolCall("submit", 0, 0)))
    assert info["judge"]["score"] == 7.0


def test_a_member_of_a_team():
    from editenv import image_edit_v0

    register_member("patient", "outside_parts:Patient")
    team = image_edit_v0.env(learned=("editor",), agents={"critic": "patient:x"}, image_size=64)
    team.reset(seed=0)
    team.step(team.action_space(team.agent_selection).sample())
    assert all(team.terminations.values()), "the critic has handed in"


def test_a_chat_model():
    register_chat_kind("echo", "outside_parts:Echo")
    assert make_chat_model("echo:there").name == "echo:there"


def test_a_baseline():
    from editenv_policies.baselines import BASELINES, register_baseline
    from editenv_policies.evaluation import evaluate

    with patch.dict(BASELINES):
        register_baseline("impatient", outside_parts.Impatient)
        env = gymnasium.make("ImageEdit-Direct-v0", image_size=64, disable_env_checker=True)
        score = evaluate(BASELINES["impatient"](), env, episodes=2)
        assert (score.successes, score.mean_length) == (0, 1.0)
        with pytest.raises(ValueError, match="name='impatient' is taken"):
            register_baseline("impatient", outside_parts.Impatient)


@pytest.mark.parametrize(
    "register",
    [
        register_tool_kind,
        register_encoder,
        register_grounder,
        register_judge,
        register_member,
        register_chat_kind,
    ],
)
def test_bad_registrations_say_what_is_wrong(register):
    with pytest.raises(ValueError, match="kind='a:b' must be a name without a colon"):
        register("a:b", outside_parts.Echo)
    with pytest.raises(ValueError, match="entry_point='nothing' must be 'module:function'"):
        register("mine", "nothing")
    register("mine", outside_parts.Echo)
    with pytest.raises(ValueError, match="kind='mine' is taken"):
        register("mine", outside_parts.Echo)
