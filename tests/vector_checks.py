"""Vector environments, native and Gymnasium's own, and whether they give the same."""

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import editenv

IDS = list(editenv.CONFIGURATIONS)
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP]
DISABLED = AutoresetMode.DISABLED


def native(env_id, num_envs, **kwargs):
    return gymnasium.make_vec(env_id, num_envs=num_envs, **kwargs)


def sync(env_id, num_envs, mode=AutoresetMode.NEXT_STEP, **kwargs):
    def make():
        return gymnasium.make(env_id, disable_env_checker=True, **kwargs)

    return SyncVectorEnv([make] * num_envs, autoreset_mode=mode)


def assert_same(one, two, where=""):
    """Equal in type, dtype, shape and bytes, however deep."""
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert one.keys() == two.keys(), f"{where}: {one.keys() ^ two.keys()}"
        for key in one:
            assert_same(one[key], two[key], f"{where}/{key}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two), where
        for number, (first, second) in enumerate(zip(one, two, strict=True)):
            assert_same(first, second, f"{where}/{number}")
    elif isinstance(one, np.ndarray):
        assert one.dtype == two.dtype and one.shape == two.shape, where
        if one.dtype == object:
            for first, second in zip(one, two, strict=True):
                assert_same(first, second, where)
        else:
            assert one.tobytes() == two.tobytes(), where
    else:
        assert one == two, where


def assert_same_steps(first, second, actions, steps, where):
    for number in range(steps):
        action = actions.sample()
        for one, two in zip(first.step(action), second.step(action), strict=True):
            assert_same(one, two, f"{where}, step {number}")
