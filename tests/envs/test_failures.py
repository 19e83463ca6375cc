"""What cannot be done is never scored: tools, judges, grounders and members that fail."""

import subprocess
import sys
import time
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from failing_parts import (
    TIMEOUT,
    FlakyGrounder,
    FlakyInterpreter,
    FlakyJudge,
    FlakyPainter,
    FlakyTool,
)
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from shared_tasks import shared
from vector_checks import assert_same, native, sync

import editenv
from editenv import image_edit_v0
from editenv.failure import ComponentDown
from editenv.tools import Cost, make_tool
from editenv.tools.priced import Priced
from editenv.types import ToolCall

DIRECT = "ImageEdit-Direct-v0"
SUBMIT = ToolCall("submit")


def make(env_id=DIRECT, **arguments):
    arguments = {"tools": [FlakyTool(every=1), "blur"], "image_size": 64, **arguments}
    return gymnasium.make(env_id, disable_env_checker=True, **arguments)


def play(env, *calls):
    results = [env.step(env.unwrapped.encode(call)) for call in calls]
    return results[-1]


def test_a_tool_that_fails_truncates_the_episode_without_a_score():
    env = make()
    before, info = env.reset(seed=0)
    assert "failure" not in info
    seen, reward, terminated, truncated, info = play(env, ToolCall("flaky"))
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert type(reward) is float and type(truncated) is bool
    assert info["failure"] == TIMEOUT.info() and info["reward_terms"] == {}
    assert info["cost"] == {"seconds": 0.0, "money": 0.0, "memory": 0.0}
    assert (seen["image"] == before["image"]).all()
    assert env.unwrapped.setup.failures.summary() == {"tool:flaky": {"timeout": 1}}
    _, info = env.reset(seed=1)
    assert "failure" not in info
    assert not play(env, ToolCall("blur"))[3]


def test_after_a_failure_nothing_happens_any_more():
    env = make()
    env.reset(seed=0)
    play(env, ToolCall("flaky"))
    canvas = env.unwrapped.workspace.canvas
    _, reward, terminated, truncated, info = play(env, ToolCall("blur", 0), SUBMIT)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert env.unwrapped.workspace.canvas is canvas and not info["is_success"]
    assert env.unwrapped.setup.failures.total == 1


def test_a_snapshot_from_before_a_failure_is_as_good_as_ever():
    env = make()
    env.reset(seed=0)
    workspace = env.unwrapped.workspace
    before = workspace.snapshot()
    assert workspace.apply(ToolCall("flaky")).failure == TIMEOUT
    workspace.restore(before)
    assert workspace.failure is None and workspace.apply(SUBMIT).submitted


def test_a_judge_scores_what_is_handed_in():
    judge = FlakyJudge(every=0)
    env = make(judge=judge)
    env.reset(seed=0)
    *_, info = play(env, ToolCall("blur", 0))
    assert "judge" not in info and judge.cases == []
    _, reward, terminated, _, info = play(env, SUBMIT)
    score = info["judge"]["score"]
    assert terminated and len(judge.cases) == 1
    assert info["judge"] == {
        "score": score,
        "variance": 0.5,
        "votes": 3,
        "parts": {"quality": score},
    }
    assert reward == pytest.approx(score / 10 - 0.01)
    assert info["reward_terms"]["judge"] == score / 10


def test_a_judge_that_fails_truncates_what_was_handed_in():
    env = make(judge=FlakyJudge(every=1))
    env.reset(seed=0)
    _, reward, terminated, truncated, info = play(env, SUBMIT)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["failure"]["component"] == "judge:flaky" and "judge" not in info
    assert info["reward_terms"] == {} and not info["is_success"]


def test_the_judge_term_needs_a_judge():
    with pytest.raises(ValueError, match="needs judge="):
        make(reward="judged")
    with pytest.raises(ValueError, match="needs judge="):
        gymnasium.make("ImageEditText-v0", reward="judged")


def test_a_grounder_that_fails_truncates_at_the_first_step():
    env = make(grounder=FlakyGrounder(every=1))
    _, info = env.reset(seed=0)
    assert info["failure"]["component"] == "grounder:flaky"
    _, reward, terminated, truncated, info = play(env, SUBMIT)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert info["failure"]["kind"] == "connection"
    assert env.unwrapped.setup.failures.total == 1


def test_the_checker_is_content_with_all_parts():
    # Gymnasium's checker takes an episode that is truncated in its first step for a mistake.
    tools = [FlakyTool(every=0), FlakyPainter(), "blur"]
    env = make(tools=tools, judge=FlakyJudge(every=0), budget={"money": 1.0, "seconds": 9.0})
    check_env(env.unwrapped, skip_render_check=True)


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_vector_environments_fail_as_single_ones_do(mode):
    parts = {
        "tools": [FlakyTool(), FlakyPainter(every=4), "blur"],
        "judge": FlakyJudge(),
        "grounder": FlakyGrounder(every=5),
        "budget": {"money": 1.0},
        "down_after": 10_000,
        **shared("ImageEdit-v0", count=40),
    }
    one = native("ImageEdit-v0", 6, autoreset_mode=mode, **parts)
    two = sync("ImageEdit-v0", 6, mode, **parts)
    for first, second in zip(one.reset(seed=3), two.reset(seed=3), strict=True):
        assert_same(first, second, "reset")
    one.action_space.seed(0)
    seen = set()
    for number in range(150):
        action = one.action_space.sample()
        results = one.step(action), two.step(action)
        for first, second in zip(*results, strict=True):
            assert_same(first, second, f"step {number}")
        infos = results[0][-1]
        for said in (infos, infos.get("final_info", {})):
            if "failure" in said:
                seen |= set(said["failure"]["component"][said["failure"]["_component"]])
    assert seen == {"tool:flaky", "judge:flaky", "grounder:flaky"}


def test_branches_of_one_state_share_the_seed_of_their_prompts():
    painter = FlakyPainter()
    env = make(tools=[painter, "blur"])
    env.reset(seed=0)
    branches = env.unwrapped.branch(3)
    branches.step(np.array([[0, 0, 0]] * 3))
    assert len({prompt.seed for prompt in painter.told}) == 1
    env.reset(seed=1)
    play(env, ToolCall("painter"))
    assert painter.told[-1].seed != painter.told[0].seed


def test_a_component_that_is_down_stops_the_run_and_can_be_tried_again():
    env = make(down_after=3)
    for seed in range(2):
        env.reset(seed=seed)
        play(env, ToolCall("flaky"))
    env.reset(seed=2)
    with pytest.raises(ComponentDown, match="tool:flaky is down: 3 failures in a row"):
        play(env, ToolCall("flaky"))
    env.reset(seed=3)
    assert play(env, ToolCall("flaky"))[3]


def test_a_success_between_failures_keeps_the_circuit_closed():
    env = make(tools=[FlakyTool(every=2), "blur"], down_after=10)
    failures = 0
    for seed in range(40):
        env.reset(seed=seed)
        failures += play(env, ToolCall("flaky"))[3]
    assert 10 < failures < 30


def test_a_grounder_that_works_again_keeps_the_circuit_closed():
    env = make(grounder=FlakyGrounder(every=2), down_after=10)
    failed = sum("failure" in env.reset(seed=seed)[1] for seed in range(40))
    assert 10 < failed < 30


def test_a_member_that_works_again_keeps_the_circuit_closed():
    class EverySecond(FlakyInterpreter):
        def reset(self, workspace):
            super().reset(workspace)
            self.at = 0 if self.at else 99

    env = image_edit_v0.as_gymnasium(
        "critic", DIRECT, agents={"interpreter": EverySecond()}, image_size=64, down_after=2
    )
    failed = ["failure" in env.reset(seed=seed)[1] for seed in range(6)]
    assert failed == [False, True] * 3


def test_a_member_that_never_works_breaks_the_circuit():
    env = image_edit_v0.as_gymnasium(
        "critic", DIRECT, agents={"interpreter": FlakyInterpreter(0)}, image_size=64, down_after=2
    )
    env.reset(seed=0)
    with pytest.raises(ComponentDown, match="agent:interpreter is down: 2 failures in a row"):
        env.reset(seed=1)


def teams(**arguments):
    arguments = {"tools": "objects", "image_size": 64, **arguments}
    yield image_edit_v0.raw_env(DIRECT, **arguments)
    yield image_edit_v0.parallel_env(DIRECT, **arguments)


@pytest.mark.parametrize("reward", ["team", "role", "difference"])
@pytest.mark.parametrize("at", [0, 1])
def test_a_member_that_fails_truncates_everyone(reward, at):
    learned = ("grounder", "selector", "editor", "critic")
    for env in teams(learned=learned, agents={"interpreter": FlakyInterpreter(at)}, reward=reward):
        env.reset(seed=0)
        rng = np.random.default_rng(0)
        infos = env.infos if hasattr(env, "infos") else {}
        for _ in range(40):
            if not env.agents or env.rounds.over:
                break
            if hasattr(env, "agent_selection"):
                agent = env.agent_selection
                size = env.action_space(agent).n
                env.step(0 if agent == "critic_0" else rng.integers(size))
                infos = env.infos
            else:
                actions = {
                    agent: 0 if agent == "critic_0" else rng.integers(env.action_space(agent).n)
                    for agent in env.agents
                }
                infos = env.step(actions)[-1]
        assert env.rounds.truncated and not env.rounds.terminated
        assert all(info["failure"]["component"] == "agent:interpreter" for info in infos.values())


@pytest.mark.parametrize("reward", ["team", "role", "difference"])
def test_a_round_that_fails_pays_nobody(reward):
    env = image_edit_v0.parallel_env(
        DIRECT, tools=[FlakyTool(every=1), "blur"], reward=reward, image_size=64
    )
    env.reset(seed=0)
    actions = {agent: env.action_space(agent).sample() for agent in env.agents}
    actions |= {"grounder_0": 0, "selector_0": 0, "editor_0": 1, "critic_0": 2}
    _, rewards, terminated, truncated, infos = env.step(actions)
    assert set(rewards.values()) == {0.0}
    assert all(truncated.values()) and not any(terminated.values())
    for info in infos.values():
        assert info["reward_terms"] == {} and info["failure"]["component"] == "tool:flaky"


def test_workers_fail_as_one_process_does():
    parts = {
        "tools": [FlakyTool(), FlakyPainter(every=4), "blur"],
        "judge": FlakyJudge(),
        "down_after": 10_000,
        **shared("ImageEdit-v0", count=40),
    }
    one = native("ImageEdit-v0", 4, autoreset_mode="SameStep", **parts)
    two = native("ImageEdit-v0", 4, autoreset_mode="SameStep", num_workers=2, **parts)
    try:
        one.reset(seed=3)
        two.reset(seed=3)
        one.action_space.seed(0)
        failed = 0
        for number in range(60):
            action = one.action_space.sample()
            results = one.step(action), two.step(action)
            for first, second in zip(results[0][:4], results[1][:4], strict=True):
                assert_same(first, second, f"step {number}")
            ends = [result[-1].get("final_info", {}).get("failure") for result in results]
            assert (ends[0] is None) == (ends[1] is None)
            if ends[0] is not None:
                assert ends[0]["kind"].tolist() == ends[1]["kind"].tolist()
                failed += sum(kind is not None for kind in ends[0]["kind"])
        assert failed > 5
    finally:
        two.close()


def test_a_component_that_is_down_stops_workers_too():
    envs = native(DIRECT, 2, num_workers=2, tools=[FlakyTool(every=1)], down_after=2)
    call = np.zeros((2, 3), np.int64)
    try:
        envs.reset(seed=0)
        envs.step(call)
        envs.step(call)
        with pytest.raises(ComponentDown, match="tool:flaky is down"):
            envs.step(call)
    finally:
        envs.close()


def test_a_role_learns_nothing_from_a_member_that_fails():
    env = image_edit_v0.as_gymnasium(
        "critic", DIRECT, agents={"interpreter": FlakyInterpreter(0)}, image_size=64
    )
    _, info = env.reset(seed=0)
    assert info["failure"]["kind"] == "refusal"
    _, reward, terminated, truncated, info = env.step(0)
    assert (reward, terminated, truncated) == (0.0, False, True)


def test_difference_rewards_are_not_paid_where_the_other_world_fails():
    class OnlyInReplay(FlakyTool):
        calls = 0

        def _edit(self, image, mask, option):
            self.calls += 1
            return TIMEOUT if self.calls > 1 else super()._edit(image, mask, option)

    env = image_edit_v0.raw_env(
        DIRECT, tools=[OnlyInReplay(every=0)], reward="difference", image_size=64
    )
    env.reset(seed=0)
    for action in (np.zeros(3, np.int64), 0, 0, 1, 0):
        env.step(action)
    assert env.rounds.truncated
    assert set(env.rewards.values()) == {0.0}
    assert env.infos["editor_0"]["failure"]["kind"] == "timeout"


def test_what_was_built_from_a_name_is_closed_and_what_was_given_is_not(monkeypatch):
    named, given = FlakyTool(), FlakyPainter()
    monkeypatch.setitem(editenv.tools.TOOLS, "flaky", named)
    for build in (make, lambda **kwargs: native(DIRECT, 2, image_size=64, **kwargs)):
        env = build(tools=["flaky", given])
        env.reset(seed=0)
        if hasattr(env.unwrapped, "setup") and hasattr(env.unwrapped, "branch"):
            branch = env.unwrapped.branch(2 if build is make else [0])
            branch.close()
            assert named.closed == 0
        env.close()
        assert named.closed == 1 and given.closed == 0
        named.closed = 0


class Odd(Exception):
    """Pickles, but cannot be unpickled."""

    def __init__(self, first, second):
        super().__init__(f"{first}, {second}")


class OddTool(FlakyTool):
    def apply(self, images, masks, options):
        raise Odd(1, 2)


def test_an_error_that_does_not_unpickle_leaves_no_answer_behind():
    envs = native(DIRECT, 4, num_workers=2, tools=[OddTool()])
    submit = np.tile([2, 0, 0], (4, 1))
    try:
        envs.reset(seed=0)
        mixed = submit.copy()
        mixed[0] = 0
        with pytest.raises(RuntimeError, match="Odd: 1, 2"):
            envs.step(mixed)
        assert envs.step(submit)[2][2:].tolist() == [False, False]
        assert envs.reset(seed=1)[0]["image"].shape[0] == 4
        assert envs.step(submit)[2].all()
    finally:
        envs.close()


def test_an_interrupt_between_question_and_answer_closes_the_workers(monkeypatch):
    envs = native(DIRECT, 2, num_workers=2)
    envs.reset(seed=0)

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(envs._pipes[1], "recv", interrupt, raising=False)
    with pytest.raises(KeyboardInterrupt):
        envs.step(envs.action_space.sample())
    with pytest.raises(RuntimeError, match="closed"):
        envs.step(envs.action_space.sample())


def test_the_selector_may_not_choose_what_is_too_dear():
    tools = [Priced(make_tool("blur"), Cost(money=5.0)), "pixelate"]
    env = image_edit_v0.raw_env(DIRECT, tools=tools, budget={"money": 1.0}, image_size=64)
    env.reset(seed=0)
    while env.agent_selection != "selector_0":
        agent = env.agent_selection
        env.step(0 if agent == "grounder_0" else env.action_space(agent).sample() * 0)
    assert env.observe("selector_0")["action_mask"][0] == 0


ORPHANS = """
import os, signal, sys
import gymnasium, editenv
envs = gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=2, num_workers=2, image_size=64)
envs.reset(seed=0)
print(*(process.pid for process in envs.unwrapped._processes), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in /proc")
def test_workers_end_with_a_parent_that_is_killed():
    # A worker that lives on holds the output open: the time limit ends the wait for it.
    command = [sys.executable, "-c", ORPHANS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60.0)
    workers = [Path("/proc", pid) for pid in done.stdout.split()]
    assert len(workers) == 2
    end = time.monotonic() + 30.0
    while any(map(_runs, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(_runs, workers))


def _runs(process):
    """Whether a process is there and no zombie that nobody has waited for."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
