"""The text environment with tools that take words, judges, and both when they fail."""

import math

import gymnasium
import pytest
from failing_parts import FlakyGrounder, FlakyJudge, FlakyPainter, FlakyTool

from editenv.envs.text.rewards import reward_functions
from editenv.failure import ComponentDown
from editenv.tools import TOOLS

PAINT = "<action>paint</action><subject>whole image</subject><goal>like {}</goal>"
NOTHING = "<action></action><subject></subject><goal></goal>"


def make(**arguments):
    arguments = {"tasks": "ImageEdit-Direct-v0", "image_size": 64, **arguments}
    return gymnasium.make("ImageEditText-v0", disable_env_checker=True, **arguments)


def test_a_prompted_tool_is_told_the_answers_words_and_takes_any_goal():
    painter = FlakyPainter()
    env = make(tools=[painter])
    env.reset(seed=0)
    assert "any, in words" in env.unwrapped.system_prompt
    *_, info = env.step(PAINT.format("a rainy street"))
    assert info["refusals"] == ("",)
    assert [prompt.text for prompt in painter.told] == ["paint whole image to like a rainy street"]


def test_a_tool_that_fails_leaves_the_answer_without_a_score():
    env = make(tools=[FlakyPainter(every=1)])
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(PAINT.format("rain"))
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["failure"]["component"] == "tool:flaky" and info["reward_terms"] == {}
    results = env.unwrapped.score_answers(env.unwrapped.task, [PAINT.format("rain"), NOTHING])
    assert math.isnan(results[0]["reward"]) and results[0]["failure"]["kind"] == "timeout"
    assert results[1]["reward"] >= 0.0 and "failure" not in results[1]


def test_a_judge_scores_each_different_picture_of_a_group_once():
    judge = FlakyJudge(every=0)
    env = make(tools=[FlakyPainter()], judge=judge)
    env.reset(seed=0)
    answers = [PAINT.format(word) for word in ("rain", "snow", "rain")] + [NOTHING, "nonsense"]
    results = env.unwrapped.score_answers(env.unwrapped.task, answers)
    assert len(judge.cases) == 3
    scores = [result["judge"]["score"] for result in results]
    assert scores[0] == scores[2] and scores[3] == scores[4]
    for result, score, well_formed in zip(results, scores, (1, 1, 1, 1, 0), strict=True):
        assert result["reward"] == pytest.approx(0.1 * well_formed + 0.09 * score)


def test_a_judge_that_fails_leaves_the_answer_without_a_score():
    env = make(tools=[FlakyPainter()], judge=FlakyJudge(every=1))
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(NOTHING)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["failure"]["component"] == "judge:flaky" and not info["is_success"]


def test_over_several_turns_only_the_last_picture_is_judged():
    judge = FlakyJudge(every=0)
    env = make(tools=[FlakyPainter()], judge=judge, max_turns=3)
    env.reset(seed=0)
    _, first, terminated, *_ = env.step(PAINT.format("rain"))
    assert first == pytest.approx(0.1) and not terminated and not judge.cases
    _, second, terminated, _, info = env.step(NOTHING)
    assert terminated and len(judge.cases) == 1
    assert second == pytest.approx(0.09 * info["judge"]["score"])


def test_a_failure_in_a_later_turn_scores_nothing_more():
    env = make(tools=[FlakyPainter(), FlakyTool(every=1)], max_turns=3)
    env.reset(seed=0)
    env.step(PAINT.format("rain"))
    canvas = env.unwrapped.conversation.workspace.canvas
    invert = PAINT.replace("paint", "invert").format("once").replace("like once", "once")
    seen, reward, _, truncated, info = env.step(invert)
    assert truncated and reward == 0.0 and info["failure"]["kind"] == "timeout"
    assert (seen["image"] == canvas).all()
    *_, truncated, info = env.step(NOTHING)
    assert truncated and info["failure"]["kind"] == "timeout"


def test_a_grounder_that_fails_leaves_all_answers_without_a_score():
    env = make(tools=[FlakyPainter()], grounder=FlakyGrounder(every=1))
    _, info = env.reset(seed=0)
    assert info["failure"]["component"] == "grounder:flaky"
    *_, terminated, truncated, _ = env.step(NOTHING)
    assert truncated and not terminated
    results = env.unwrapped.score_answers(3, [NOTHING, NOTHING])
    assert all(math.isnan(result["reward"]) for result in results)


def test_a_component_that_is_down_stops_the_run():
    env = make(tools=[FlakyPainter(every=1)], down_after=4)
    env.reset(seed=0)
    answers = [PAINT.format(number) for number in range(3)]
    env.unwrapped.score_answers(env.unwrapped.task, answers)
    with pytest.raises(ComponentDown, match="tool:flaky"):
        env.unwrapped.score_answers(env.unwrapped.task, answers)


def test_trl_is_told_that_there_is_no_reward(monkeypatch):
    monkeypatch.setitem(TOOLS, "painter", FlakyPainter(every=1))
    functions = reward_functions(tools=["painter"])
    task = {"tasks": "direct", "split": "train", "index": 0, "height": 64, "width": 64}
    answers = [PAINT.format("rain"), NOTHING]
    for name in ("total", "format"):
        failed, scored = functions[name](answers, task=[task, task])
        assert failed is None and scored is not None and scored > 0.0
