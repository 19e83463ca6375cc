"""From one environment to as many sub-environments as a group needs."""

from __future__ import annotations

from typing import Any

import gymnasium
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecEnv


def copies_of(env: Any, group_size: int) -> VecEnv | None:
    """Return a vector environment for groups.

    Args:
        env: a vector environment, which is returned as it is; a single environment that
            ``gymnasium.make`` made, or an id: made ``group_size`` times; or None.
        group_size: number of sub-environments.

    Raises:
        ValueError: a single environment without a spec, which cannot be made again.
    """
    if env is None or isinstance(env, VecEnv):
        return env
    if isinstance(env, str):
        return make_vec_env(env, group_size)
    if env.spec is None:
        raise ValueError(f"env={env!r} has no spec to make copies by: pass a vector environment")
    spec = env.spec
    return make_vec_env(lambda: gymnasium.make(spec), group_size)
