"""What edits cost, and what a budget leaves."""

import math

import gymnasium
import numpy as np
import pytest
from failing_parts import FlakyPainter, FlakyTool

from editenv.tools import TOOL_PRESETS, Cost, make_tool
from editenv.tools.cost import FREE, CostLimit, cost_of, make_cost_limit
from editenv.types import ToolCall

DIRECT = "ImageEdit-Direct-v0"
DEAR, CHEAP = Cost(2.0, 0.25, 100.0), Cost(1.0, 0.25, 100.0)


def make(**arguments):
    tools = [FlakyTool(every=0), "blur"]
    arguments = {"tools": tools, "image_size": 32, "edit_cache": "off", **arguments}
    return gymnasium.make(DIRECT, disable_env_checker=True, **arguments)


def play(env, *calls):
    results = [env.step(env.unwrapped.encode(call)) for call in calls]
    return results[-1]


def test_every_tool_of_the_package_has_measured_costs_that_grow_with_the_picture():
    for name in TOOL_PRESETS["all"]:
        small, large = (cost_of(make_tool(name), 0, side * side) for side in (64, 128))
        assert small.seconds > 0 and small.memory > 0 and small.money == 0
        assert large.seconds == pytest.approx(4 * small.seconds)


def test_a_declared_cost_counts_as_it_is_and_unknown_tools_are_free():
    assert cost_of(FlakyTool(), 1, 10**6) == DEAR

    class Plain(FlakyTool):
        cost = None  # type: ignore[assignment]

    assert cost_of(Plain(), 0, 10**6) == FREE


def test_costs_add_up_but_for_memory():
    assert DEAR + CHEAP == Cost(3.0, 0.5, 100.0)


@pytest.mark.parametrize("number", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["seconds", "money", "memory"])
def test_bad_costs_are_refused(name, number):
    with pytest.raises(ValueError, match=name):
        Cost(**{name: number})


@pytest.mark.parametrize("budget", [{}, {"time": 1.0}, {"money": 0}, {"money": True}, 3.0, "x"])
def test_bad_budgets_are_named(budget):
    with pytest.raises(ValueError, match="budget"):
        make(budget=budget)


def test_info_adds_the_costs_up_and_undoing_gives_nothing_back():
    env = make()
    _, info = env.reset(seed=0)
    assert info["cost"] == {"seconds": 0.0, "money": 0.0, "memory": 0.0}
    play(env, ToolCall("flaky", 0, 0), ToolCall("flaky", 0, 1))
    *_, info = play(env, ToolCall("undo"))
    assert info["cost"] == {"seconds": 3.0, "money": 0.5, "memory": 100.0}
    empty = env.unwrapped.workspace.regions.index(None)
    *_, info = play(env, ToolCall("flaky", empty, 1))
    assert info["invalid"] and info["cost"]["seconds"] == 3.0


@pytest.mark.parametrize("cache", ["off", "auto"])
def test_an_edit_that_is_found_costs_what_it_costs(cache):
    tool = FlakyPainter()
    tool.expensive = True
    env = make(tools=[tool], edit_cache=cache)
    for _ in range(2):
        env.reset(seed=0)
        *_, info = play(env, ToolCall("painter"))
        assert info["cost"]["money"] == 0.25
    assert len(tool.told) == (2 if cache == "off" else 1)


@pytest.mark.parametrize("action_format", ["multi_discrete", "discrete"])
def test_what_cannot_be_afforded_is_masked_and_invalid(action_format):
    env = make(budget={"seconds": 2.5}, action_format=action_format)
    seen, info = env.reset(seed=0)
    assert seen["budget_left"].tolist() == [1.0, 1.0]
    seen, *_, info = play(env, ToolCall("flaky", 0, 0))
    assert not info["invalid"] and seen["budget_left"].tolist() == pytest.approx([0.6, 1.0])
    masks = env.unwrapped.action_masks()
    if action_format == "discrete":
        for number, call in enumerate(env.unwrapped.calls):
            valid = env.unwrapped.workspace.why_invalid(call) is None
            assert masks[number] == valid, call
    else:
        assert masks[0]
    before = env.unwrapped.workspace.canvas
    _, _, terminated, truncated, info = play(env, ToolCall("flaky", 0, 1))
    assert "budget" in info["invalid"] and not terminated and not truncated
    assert env.unwrapped.workspace.canvas is before
    play(env, ToolCall("flaky", 0, 0))
    assert not env.unwrapped.action_masks()[0]


def test_memory_is_a_limit_of_every_edit():
    limit = CostLimit(memory=99.0)
    assert not limit.allows(FREE, CHEAP) and limit.allows(CHEAP, Cost(memory=99.0))
    assert make_cost_limit({"memory": 99}) == limit and make_cost_limit(None) is None


def test_the_text_environment_has_the_same_budget():
    paint = "<action>paint</action><subject>whole image</subject><goal>like rain</goal>"
    env = gymnasium.make(
        "ImageEditText-v0", tools=[FlakyPainter()], budget={"money": 0.3}, max_turns=3
    )
    env.reset(seed=0)
    *_, info = env.step(paint)
    assert info["refusals"] == ("",) and info["cost"]["money"] == 0.25
    *_, info = env.step(paint)
    assert "budget" in info["refusals"][0] and info["cost"]["money"] == 0.25


def test_cost_terms_are_the_negated_costs_of_the_call():
    env = make(reward={"seconds": 0.1, "money": 2.0})
    env.reset(seed=0)
    _, reward, *_, info = play(env, ToolCall("flaky", 0, 1))
    assert info["reward_terms"] == {"seconds": pytest.approx(-0.2), "money": -0.5}
    assert reward == pytest.approx(-0.7)
    assert play(env, ToolCall("submit"))[1] == 0.0


def test_any_sequence_of_calls_keeps_within_the_budget():
    env = make(budget={"money": 1.0, "seconds": 4.0}, tools=[FlakyTool(every=5), "blur", "flip"])
    rng = np.random.default_rng(0)
    spent = []
    for seed in range(30):
        env.reset(seed=seed)
        over = False
        while not over:
            action = rng.integers(env.action_space.nvec)  # type: ignore[attr-defined]
            seen, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated
            assert info["cost"]["money"] <= 1.0 and info["cost"]["seconds"] <= 4.0
            assert env.observation_space.contains(seen)
        spent.append(info["cost"]["money"])
    assert max(spent) > 0.0


@pytest.mark.parametrize("name", ["seconds", "money", "memory"])
def test_what_costs_exactly_what_is_left_can_be_afforded(name):
    limit = CostLimit(**{name: 3.0})
    assert limit.allows(FREE, Cost(**{name: 3.0}))
    assert limit.allows(Cost(**{name: 1.0}), Cost(**{name: 2.0 if name != "memory" else 3.0}))
    assert not limit.allows(FREE, Cost(**{name: math.nextafter(3.0, 4.0)}))


def test_the_budget_can_be_spent_to_the_end():
    env = make(budget={"seconds": 3.0})
    env.reset(seed=0)
    for call in (ToolCall("flaky", 0, 0), ToolCall("flaky", 0, 1)):
        seen, *_, info = play(env, call)
        assert not info["invalid"]
    assert info["cost"]["seconds"] == 3.0 and seen["budget_left"][0] == 0.0
