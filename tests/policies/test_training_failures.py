"""Training with parts that fail: what is dropped, what is counted, and a run that stops."""

import json

import numpy as np
import pytest
from editenv_policies.grpo.algorithm import GRPO
from editenv_policies.sb3.learning import CHECKPOINT, CURVE, ModelLearner, learn
from editenv_policies.sb3.models import make_model, network_arguments
from editenv_policies.sb3.policy import MaskableCoordinatorPolicy
from editenv_policies.sb3.vec_env import make_sb3_vec_env
from editenv_policies.team import TeamLearner
from failing_parts import FlakyInterpreter, FlakyTool

from editenv import image_edit_v0

DIRECT = "ImageEdit-Direct-v0"


def make(every, **arguments):
    tools = [FlakyTool(every=every), "blur"]
    return make_sb3_vec_env(DIRECT, 8, seed=0, image_size=36, tools=tools, **arguments)


def test_grpo_leaves_failed_episodes_out_and_counts_them():
    env = make(2, down_after=10_000, autoreset_mode="Disabled", max_episode_steps=3)
    model = GRPO(
        MaskableCoordinatorPolicy,
        env,
        group_size=4,
        num_groups=4,
        policy_kwargs=network_arguments(env),
        seed=0,
    )
    seen = []
    train = model.train

    def watch(episodes):
        seen.append(episodes)
        train(episodes)

    model.train = watch
    model.learn(1)
    (episodes,) = seen
    unscored = int(episodes.returns.isnan().sum())
    assert unscored == env.envs.setup.failures.total
    assert 0 < unscored < len(episodes.returns)


@pytest.mark.parametrize("every", [1, 10_000])
def test_a_failure_is_no_end_where_the_limit_is_one(every):
    env = make(every, down_after=10_000, max_episode_steps=1, limit_ends=True)
    env.reset()
    _, _, dones, infos = env.step(np.array([[0, 1, 0]] * 8))
    failed = ["failure" in info for info in infos]
    # An empty slot cannot be edited, and so nothing fails there.
    assert dones.all() and any(failed) == (every == 1)
    assert [info["TimeLimit.truncated"] for info in infos] == failed


def run(out, every, resume=False):
    env = make(every, down_after=20, max_episode_steps=3)
    learner = ModelLearner(make_model("ppo", env, seed=0, smoke=True))
    learn(learner, out, 256, resume=resume)
    return learner


def test_a_run_stops_with_a_checkpoint_when_a_tool_is_down_and_goes_on(tmp_path):
    with pytest.raises(SystemExit, match=r"tool:flaky is down: 20 failures in a row.*--resume"):
        run(tmp_path, every=1)
    assert (tmp_path / CHECKPOINT).exists()
    assert run(tmp_path, every=0, resume=True).steps >= 256


def test_the_curve_counts_failures(tmp_path):
    run(tmp_path, every=3)
    lines = [json.loads(line) for line in (tmp_path / CURVE).read_text().splitlines()]
    assert lines[-1]["failures"] > 0
    assert [line["failures"] for line in lines] == sorted(line["failures"] for line in lines)


def test_a_team_learns_on_when_parts_fail():
    parts = {"tools": [FlakyTool(every=2), "blur"], "down_after": 10_000, "image_size": 36}
    agents = {"interpreter": FlakyInterpreter(1)}

    def make_team():
        return image_edit_v0.raw_env(
            DIRECT,
            learned=("grounder", "selector", "editor", "critic"),
            agents=agents,
            uniform_spaces="flat",
            max_cycles=2,
            **parts,
        )

    learner = TeamLearner(make_team, num_envs=4, seed=0, n_steps=8, n_epochs=1)
    buffer = learner.models["critic_0"].rollout_buffer
    advantages = []
    train = learner.models["critic_0"].train

    def watch():
        advantages.append(buffer.advantages.copy())
        train()

    learner.models["critic_0"].train = watch
    learner.learn(32)
    failures = sum(env.rounds.base.setup.failures.total for env in learner._collector.envs)
    assert failures > 0 and learner.steps >= 32
    unlearned = sum(int((np.abs(a) < 1e-6).sum()) for a in advantages)
    assert unlearned >= failures
