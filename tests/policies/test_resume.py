"""Stopped in the middle and gone on with: bit for bit what an unbroken run gives."""

import errno
import json
import os
from pathlib import Path

import pytest
import torch
from editenv_policies.grpo.coordinator import make_grpo
from editenv_policies.sb3.learning import CHECKPOINT, CURVE, ModelLearner, learn
from editenv_policies.sb3.models import make_model
from editenv_policies.sb3.state import restore_model, save_model
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.sb3.vec_env import make_sb3_vec_env
from stable_baselines3.common.callbacks import BaseCallback

DIRECT = "ImageEdit-Direct-v0"
SMALL = {"image_size": 36, "task_pool": 6}
NETWORK = {"features_extractor_kwargs": {"width": 16, "layers": 1}}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


class Kill(BaseCallback):
    """Ends a run as a signal does, in the middle of a rollout."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def _on_step(self):
        if self.num_timesteps >= self.step:
            raise KeyboardInterrupt
        return True


def make_ppo(algorithm):
    env = make_sb3_vec_env(
        DIRECT, 2, seed=7, max_episode_steps=5, unfamiliar=Unfamiliar(7), **SMALL
    )
    model = make_model(algorithm, env, seed=3, smoke=True, network=NETWORK, n_steps=8)
    env.bootstrap_with(model)
    return model


def make_grpo_model():
    env = make_sb3_vec_env(
        *(DIRECT, 6),
        autoreset_mode="Disabled",
        max_episode_steps=3,
        unfamiliar=Unfamiliar(7),
        **SMALL,
    )
    return make_grpo(env, group_size=3, num_groups=2, kl_coef=0.1, seed=3, network=NETWORK)


MAKERS = {
    "ppo": lambda: make_ppo("ppo"),
    "maskable": lambda: make_ppo("maskable"),
    "a2c": lambda: make_ppo("a2c"),
    "grpo": make_grpo_model,
}


def run(make, out, resume=False, steps=64, callbacks=()):
    learner = ModelLearner(make(), (0.02, 0.002), callbacks)
    learn(learner, out, steps, resume=resume)
    return learner.model


def curve(out):
    lines = [json.loads(line) for line in (out / CURVE).read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def assert_equal(one, two):
    assert one.num_timesteps == two.num_timesteps
    for part, other in zip(
        one.get_parameters().values(), two.get_parameters().values(), strict=True
    ):
        assert_same_values(part, other)


def assert_same_values(one, two):
    if isinstance(one, dict):
        assert one.keys() == two.keys()
        for key, value in one.items():
            assert_same_values(value, two[key])
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, two)
    elif isinstance(one, list):
        for each, other in zip(one, two, strict=True):
            assert_same_values(each, other)
    else:
        assert one == two


@pytest.mark.parametrize("name", MAKERS)
def test_killed_and_resumed_equals_unbroken(tmp_path, monkeypatch, name):
    # A checkpoint at every rollout: a minute is longer than these runs.
    monkeypatch.setattr("editenv_policies.sb3.learning.CHECKPOINT_SECONDS", 0.0)
    whole = run(MAKERS[name], tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(MAKERS[name], tmp_path / "killed", callbacks=[Kill(40)])
    torch.randn(5)
    resumed = run(MAKERS[name], tmp_path / "killed", resume=True)
    assert_equal(whole, resumed)
    assert curve(tmp_path / "whole") == curve(tmp_path / "killed")


def test_a_run_that_is_done_trains_no_more(tmp_path):
    done = run(MAKERS["ppo"], tmp_path, steps=16)
    assert_equal(done, run(MAKERS["ppo"], tmp_path, steps=16, resume=True))


def test_killed_before_the_first_checkpoint_starts_afresh_and_says_so(tmp_path, capsys):
    (tmp_path / CURVE).write_text('{"steps": 64, "seconds": 1.0, "failures": 0}\n')
    run(MAKERS["ppo"], tmp_path, steps=16, resume=True)
    assert "no checkpoint yet: starting afresh" in capsys.readouterr().err
    assert len(curve(tmp_path)) == 1


def test_the_first_checkpoint_is_there_before_the_first_step(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(MAKERS["ppo"], tmp_path, callbacks=[Kill(1)])
    assert (tmp_path / CHECKPOINT).exists()


def test_going_on_unpickles_nothing(tmp_path, monkeypatch):
    model = MAKERS["ppo"]()
    save_model(model, tmp_path / CHECKPOINT)

    def refuse(*args, **kwargs):
        raise AssertionError("unpickled")

    monkeypatch.setattr("stable_baselines3.common.save_util.json_to_data", refuse)
    monkeypatch.setattr("pickle.loads", refuse)
    restore_model(model, tmp_path / CHECKPOINT)


def test_a_full_disk_ends_a_run_in_one_line(tmp_path, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    model = MAKERS["ppo"]()
    save_model(model, tmp_path / CHECKPOINT)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"model\.zip could not be written: No space .* is kept$"):
        save_model(model, tmp_path / CHECKPOINT)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    restore_model(model, tmp_path / CHECKPOINT)
