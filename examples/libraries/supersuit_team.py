"""The team of five agents through SuperSuit's wrappers, then trained by Stable-Baselines3.

python examples/libraries/supersuit_team.py --steps 640
"""

from __future__ import annotations

import argparse

import supersuit
from stable_baselines3 import PPO

from editenv import image_edit_v0
from editenv.wrappers.team import flat_observations


def make_env():
    """Stack SuperSuit's wrappers; they want one ``Box`` for all agents, without a mask."""
    env = image_edit_v0.parallel_env(
        "ImageEdit-Restore-v0", uniform_spaces="flat", instruction_format="pooled"
    )
    env = flat_observations(env, mask=False)
    env = supersuit.clip_reward_v0(env, -1.0, 1.0)
    env = supersuit.dtype_v0(env, "float32")
    env = supersuit.frame_stack_v1(env, 2)
    env = supersuit.black_death_v3(env)
    env = supersuit.pettingzoo_env_to_vec_env_v1(env)
    return supersuit.concat_vec_envs_v1(env, 2, base_class="stable_baselines3")


def train(steps: int) -> PPO:
    """Train one policy for all five roles; plain PPO knows no masks."""
    model = PPO("MlpPolicy", make_env(), n_steps=16, batch_size=80, verbose=1)
    return model.learn(steps)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=640)
    train(parser.parse_args().steps)
