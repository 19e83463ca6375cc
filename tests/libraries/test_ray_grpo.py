"""GRPO over a vision-language model whose answers are sampled by actors of a Ray cluster."""

import os
import signal
import threading
from contextlib import closing

import pytest
import torch
from editenv_policies.grpo_vlm import (
    GroupSettings,
    GrpoLearner,
    OptimizerSettings,
    SamplingSettings,
    load_policy,
)
from editenv_policies.small_vlm.random_model import save_random
from letter_problems import LetterProblems

from editenv.envs.text import ImageEditTextEnv

pytestmark = [
    pytest.mark.libraries,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.usefixtures("cluster"),
]

STEPS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_random(folder)
    return folder


def learner(folder, workers):
    policy = load_policy(folder)
    ids = ("ImageEdit-Direct-v0", "ImageEdit-MultiStep-v0")
    envs = [ImageEditTextEnv(i, image_size=policy.image_side) for i in ids]
    return GrpoLearner(
        policy,
        LetterProblems(envs, system_prompt=""),
        groups=GroupSettings(4, 4, groups_per_batch=2),
        sampling=SamplingSettings(8),
        optimizer=OptimizerSettings(learning_rate=1e-2),
        rollout_workers=workers,
    )


def train(folder, workers, between=lambda made, step: None):
    """Figures and lines of every step, and the state at the end."""
    found = []
    with closing(learner(folder, workers)) as made:
        for step in range(STEPS):
            between(made, step)
            found.append(made.learn(step))
        return found, made.optimizer.state()


@pytest.fixture(scope="module")
def alone(folder):
    return train(folder, 0)


def assert_same(found, wanted):
    assert found[0] == wanted[0]
    assert found[1].keys() == wanted[1].keys()
    for name, value in wanted[1].items():
        assert torch.equal(found[1][name], value), name


def test_the_run_learns_something(alone, folder):
    found, state = alone
    assert any(line["advantage"] for _, lines in found for line in lines)
    fresh = learner(folder, 0).optimizer.state()
    assert any(not torch.equal(state[name], fresh[name]) for name in state)


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_no_bit(alone, folder, workers):
    assert_same(train(folder, workers), alone)


def test_a_worker_that_is_killed_mid_run_changes_no_bit(alone, folder, cluster):
    processes = []

    def kill(made, step):
        processes.append(cluster.get(made._sampler._workers[0].pid.remote()))
        if step == 1:
            threading.Timer(0.2, os.kill, (processes[-1], signal.SIGKILL)).start()

    assert_same(train(folder, 2, kill), alone)
    assert processes[0] == processes[1] != processes[2]


def test_more_workers_than_batches_are_refused(folder):
    with pytest.raises(ValueError, match="rollout_workers=3 must be at most the batches"):
        learner(folder, 3)
