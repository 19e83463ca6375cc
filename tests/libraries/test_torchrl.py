"""TorchRL: specs, a collector with masks, PettingZoo."""

import math
import warnings

import pytest

pytestmark = pytest.mark.libraries


def test_a_plain_environment_keeps_torchrls_specs():
    from torchrl.envs import GymEnv
    from torchrl.envs.utils import check_env_specs

    env = GymEnv("editenv:ImageEdit-Direct-v0", instruction_format="pooled", image_size=64)
    check_env_specs(env)
    assert env.rollout(6, break_when_any_done=False)["next", "reward"].shape == (6, 1)


def test_ppo(load, learning):
    example = load("train_torchrl")
    from torchrl.envs.utils import check_env_specs

    check_env_specs(example.make_env())
    with learning():
        reward = example.train(128, frames_per_batch=64)
    assert math.isfinite(reward)


def test_masked_calls_are_valid(load):
    env = load("train_torchrl").make_env()
    rollout = env.rollout(40, break_when_any_done=False)
    taken = rollout["action_mask"].gather(-1, rollout["action"].unsqueeze(-1))
    assert taken.all()


def test_the_team(load):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of TorchRL, about PettingZoo's version
        rollout = load("torchrl_team").play(8)
    team = rollout["next", "team"]
    assert team["reward"].shape == (8, 5, 1) and rollout["next", "done"].any()
    # TorchRL draws by the masks: no action was outside its role's.
    assert not team["info", "illegal"].any()
    assert team["reward"].any()
