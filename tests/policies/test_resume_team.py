"""A team's learner, stopped and gone on with: bit for bit what an unbroken one gives."""

import pytest
import torch
from editenv_policies.checkpoints import DamagedCheckpoint, older
from editenv_policies.team import TeamLearner, learner_at_once

from editenv import image_edit_v0

SETTINGS = {"num_envs": 2, "n_steps": 3, "n_epochs": 1, "batch_size": 64, "seed": 1}
TASKS = {"image_size": 64, "task_pool": 4, "uniform_spaces": "flat", "max_cycles": 2}
DIRECT = "ImageEdit-Direct-v0"


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def make_aec(sharing):
    return TeamLearner(lambda: image_edit_v0.raw_env(DIRECT, **TASKS), sharing=sharing, **SETTINGS)


LEARNERS = {
    "shared": lambda: make_aec("shared"),
    "independent": lambda: make_aec("independent"),
    "at once": lambda: learner_at_once(
        lambda: image_edit_v0.parallel_env(DIRECT, **TASKS), **SETTINGS
    ),
}


class Stop(Exception):
    pass


def weights(learner):
    models = learner.models.values() if isinstance(learner, TeamLearner) else [learner.model]
    return [torch.cat([p.flatten() for p in m.policy.parameters()]) for m in dict.fromkeys(models)]


@pytest.mark.parametrize("name", LEARNERS)
def test_stopped_and_resumed_equals_unbroken(tmp_path, name):
    whole, lines = LEARNERS[name](), []
    whole.learn(24, on_iteration=lines.append)

    stopped, first = LEARNERS[name](), []

    def stop(line):
        first.append(line)
        if len(first) == 2:
            stopped.save(tmp_path)
            raise Stop

    with pytest.raises(Stop):
        stopped.learn(24, on_iteration=stop)
    torch.randn(3)
    resumed, second = LEARNERS[name](), []
    resumed.load(tmp_path)
    assert 0 < resumed.steps < 24
    resumed.learn(24, on_iteration=second.append)
    for one, two in zip(weights(whole), weights(resumed), strict=True):
        assert torch.equal(one, two)
    made = [*first, *second]
    assert [{**line, "seconds": 0} for line in lines] == [{**line, "seconds": 0} for line in made]


def test_a_done_budget_is_not_trained_again(tmp_path):
    learner = make_aec("shared")
    learner.learn(8).save(tmp_path)
    resumed = make_aec("shared")
    resumed.load(tmp_path)
    rounds = resumed.steps
    assert resumed.learn(8).steps == rounds


def test_the_limit_of_rounds_is_no_end_to_the_learner():
    learner = make_aec("shared")
    buffer, seen = learner.models["critic_0"].rollout_buffer, []
    learner.models["critic_0"].train = lambda: seen.append(buffer.rewards.copy())
    policy = learner.models["critic_0"].policy
    value = policy.predict_values
    policy.predict_values = lambda observation: torch.full_like(value(observation), 100.0)
    learner.learn(12)
    paid = [reward for rewards in seen for reward in rewards.flatten()]
    # gamma is 0.5: a decision before the limit is worth 50 more than what it has earned.
    assert any(40 < reward < 60 for reward in paid)
    assert all(reward < 60 for reward in paid)


def test_files_of_two_checkpoints_are_not_mixed(tmp_path, capsys):
    learner = make_aec("independent")
    learner.save(tmp_path)
    learner.steps = 6
    learner.save(tmp_path)
    last = tmp_path / "critic_0.zip"
    last.write_bytes(last.read_bytes()[:-100])
    resumed = make_aec("independent")
    resumed.load(tmp_path)
    assert resumed.steps == 0
    assert "critic_0.zip is damaged" in capsys.readouterr().err
    older(last).unlink()
    with pytest.raises(DamagedCheckpoint, match="no older one"):
        resumed.load(tmp_path)
