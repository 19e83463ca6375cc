"""The learners: what they learn, how a step is put together, what is recorded."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest
import torch
from editenv_policies.grpo import LossSettings
from editenv_policies.grpo_vlm import (
    GroupSettings,
    GrpoLearner,
    LoraSettings,
    OptimizerSettings,
    Run,
    SamplingSettings,
    SupervisedLearner,
    load_policy,
)
from gymnasium.error import DependencyNotInstalled
from tiny_models import LetterProblems, make_policy, make_problem

GROUPS = GroupSettings(group_size=4, num_groups=4, groups_per_batch=4)
FAST = OptimizerSettings(learning_rate=3e-3)


class UnequalAnswers(LetterProblems):
    def __getitem__(self, index):
        return make_problem(index, answer="red" * (index + 1))


class NoAnswers(LetterProblems):
    def __getitem__(self, index):
        return make_problem(index)


def make_learner(policy=None, problems=None, **changes):
    arguments = {
        "groups": GROUPS,
        "sampling": SamplingSettings(6),
        "optimizer": FAST,
        **changes,
    }
    return GrpoLearner(policy or make_policy(), problems or LetterProblems(), **arguments)


def weights(learner):
    return {name: value.clone() for name, value in learner.optimizer.state().items()}


def assert_same(first, second, **tolerance):
    assert first.keys() == second.keys()
    for name, value in first.items():
        torch.testing.assert_close(second[name], value, **tolerance, msg=lambda m, n=name: n + m)


def test_imitation_lowers_the_loss():
    fast = OptimizerSettings(learning_rate=0.01)
    learner = SupervisedLearner(make_policy(), LetterProblems(), optimizer=fast, batch_size=4)
    losses = [learner.learn(step)[0]["loss"] for step in range(20)]
    assert losses[-1] < losses[0] / 3


def test_imitation_by_parts_has_the_gradients_of_one_batch():
    found = []
    for at_once in (None, 3, 1):
        learner = SupervisedLearner(
            make_policy(), UnequalAnswers(), batch_size=4, problems_per_batch=at_once
        )
        figures, _ = learner.learn(0)
        moments = {k: v for k, v in weights(learner).items() if k.startswith("exp_avg/")}
        found.append((figures["loss"], moments))
    for loss, moments in found[1:]:
        assert loss == pytest.approx(found[0][0], abs=1e-5)
        assert_same(found[0][1], moments, rtol=1e-3, atol=1e-7)


def test_what_has_no_answer_cannot_be_imitated():
    learner = SupervisedLearner(make_policy(), NoAnswers())
    with pytest.raises(ValueError, match="no answer to imitate"):
        learner.learn(0)


def test_gradients_that_are_not_finite_change_nothing(tmp_path):
    learner = SupervisedLearner(make_policy(), LetterProblems())
    before = weights(learner)
    first = next(iter(learner._policy.trainable().values()))
    first.register_hook(lambda gradient: gradient * float("nan"))
    Run(learner, tmp_path).advance(1)
    assert_same(before, weights(learner), rtol=0, atol=0)
    (line,) = [json.loads(text) for text in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert "loss" in line
    assert "grad_norm" not in line


def test_adapters_are_trained_in_bfloat16(tmp_path):
    make_policy().save(tmp_path)
    policy = load_policy(tmp_path, lora=LoraSettings(rank=4), precision="bfloat16")
    learner = make_learner(policy, loss=LossSettings(kl_coef=0.1))
    figures = [learner.learn(step)[0] for step in range(3)]
    assert all(math.isfinite(value) for line in figures for value in line.values())
    assert {weight.dtype for weight in policy.trainable().values()} == {torch.float32}
    assert figures[0]["kl"] < 1e-6 < figures[-1]["kl"]


def test_grpo_raises_the_reward():
    learner = make_learner(groups=GroupSettings(16, 2, groups_per_batch=2))
    rewards = [learner.learn(step)[0]["reward"] for step in range(40)]
    assert np.mean(rewards[-5:]) > 3 * np.mean(rewards[:5])


@pytest.mark.parametrize("loss_type", ["grpo", "dr_grpo", "dapo", "gspo"])
def test_accumulated_gradients_are_those_of_one_batch(loss_type):
    loss = LossSettings(loss_type, max_length=6, entropy_coef=0.01)
    # AdamW's first steps hide all but the sign of a gradient: look at its running mean.
    found, losses = [], []
    for at_once in (4, 2, 1):
        learner = make_learner(loss=loss, groups=GroupSettings(4, 4, groups_per_batch=at_once))
        losses.append([learner.learn(step)[0]["loss"] for step in range(3)])
        found.append({k: v for k, v in weights(learner).items() if k.startswith("exp_avg/")})
    for other in found[1:]:
        assert_same(found[0], other, rtol=1e-3, atol=1e-7)
    for other in losses[1:]:
        assert other == pytest.approx(losses[0], abs=1e-5)


def test_what_could_not_be_scored_teaches_nothing_and_is_counted():
    problems = LetterProblems(unscored=(0, 1, 2, 3))
    learner = make_learner(problems=problems)
    before = weights(learner)
    figures, lines = learner.learn(0)
    assert figures["unscored"] == 16
    assert {line["reward"] for line in lines} == {None}
    assert not any(math.isnan(value) for value in figures.values())
    after = {k: v for k, v in weights(learner).items() if k in before}
    assert_same(before, after, rtol=0, atol=0)
    some, _ = make_learner(problems=LetterProblems(unscored=(0, 1))).learn(0)
    assert 0 < some["unscored"] < 16
    assert math.isfinite(some["grad_norm"])


def test_a_reference_holds_the_policy_back(tmp_path):
    make_policy().save(tmp_path)
    kl = {}
    for coefficient in (0.0, 5.0):
        for lora in (None, LoraSettings(rank=4)):
            policy = load_policy(tmp_path, lora=lora)
            loss = LossSettings(kl_coef=coefficient or 1e-9)
            learner = make_learner(policy, loss=loss)
            kl[coefficient, lora is None] = [learner.learn(s)[0]["kl"] for s in range(8)]
    for full in (True, False):
        assert kl[0.0, full][0] == pytest.approx(0.0, abs=1e-6)
        assert kl[5.0, full][-1] < kl[0.0, full][-1] / 2


def test_several_epochs_clip():
    learner = make_learner(
        groups=GroupSettings(4, 4, groups_per_batch=4, epochs=4), optimizer=OptimizerSettings(0.02)
    )
    assert max(learner.learn(step)[0]["clip_fraction"] for step in range(3)) > 0
    assert make_learner().learn(0)[0]["clip_fraction"] == 0


def test_a_run_records_everything(tmp_path):
    learner = make_learner(folder=tmp_path / "pictures", pictures_every=2)
    Run(learner, tmp_path, save_every=2).advance(3)
    curve = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert [line["step"] for line in curve] == [1, 2, 3]
    assert {"reward", "reward_letter", "loss", "entropy", "grad_norm", "useful"} <= curve[0].keys()
    lines = [json.loads(line) for line in (tmp_path / "rollouts.jsonl").read_text().splitlines()]
    assert len(lines) == 3 * 16
    assert {"text", "reward", "advantage", "reward_terms", "problem"} <= lines[0].keys()
    named = [line["picture"] for line in lines if "picture" in line]
    assert len(named) == 2 * 4
    assert sorted(named) == sorted(path.name for path in (tmp_path / "pictures").iterdir())


def test_going_on_equals_an_unbroken_run(tmp_path):
    whole = make_learner()
    Run(whole, tmp_path / "whole", save_every=100).advance(5)
    Run(make_learner(), tmp_path / "broken", save_every=100).advance(2)
    # Steps after the checkpoint, as a crash leaves them; the last line is cut off.
    with (tmp_path / "broken" / "curve.jsonl").open("a") as file:
        file.write('{"step": 3, "reward": 0.5}\n{"step": 4, "rew')
    resumed = make_learner()
    run = Run(resumed, tmp_path / "broken")
    assert run.step == 2
    run.advance(5)
    assert_same(weights(whole), weights(resumed), rtol=0, atol=0)
    for name in ("curve.jsonl", "rollouts.jsonl"):
        first, second = (
            [json.loads(line) for line in (tmp_path / folder / name).read_text().splitlines()]
            for folder in ("whole", "broken")
        )
        for line in (*first, *second):
            line.pop("seconds", None)
        assert first == second


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    make_policy().save(tmp_path / "model")
    Run(make_learner(), tmp_path).advance(1)
    policy = load_policy(tmp_path / "model", lora=LoraSettings(rank=2))
    with pytest.raises(ValueError, match="do not fit"):
        Run(make_learner(policy), tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GroupSettings(group_size=1), "group_size=1"),
        (lambda: GroupSettings(4, 4, groups_per_batch=3), "groups_per_batch=3 must divide"),
        (lambda: make_learner(pictures_every=0), "pictures_every=0"),
        (lambda: GroupSettings(scale_rewards="all"), "scale_rewards='all'"),  # type: ignore[arg-type]
        (lambda: SamplingSettings(0), "max_new_tokens=0"),
        (lambda: SamplingSettings(top_p=0.0), "top_p=0.0"),
        (lambda: OptimizerSettings(0.0), "learning_rate=0.0"),
        (lambda: SupervisedLearner(make_policy(), LetterProblems(), batch_size=0), "batch_size=0"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("workers", "said"),
    [(-1, "rollout_workers=-1 must be an integer"), (2, "rollout_workers=2 must be at most")],
)
def test_wrong_numbers_of_workers(workers, said):
    with pytest.raises(ValueError, match=said):
        make_learner(rollout_workers=workers)


def test_workers_need_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DependencyNotInstalled, match=r"pip install 'editenv\[ray\]'"):
        make_learner(rollout_workers=1)
