"""The team of five agents in RLlib: PPO on its new API stack, one policy for all.

python examples/libraries/train_rllib_team.py --iterations 2
"""

from __future__ import annotations

import argparse
from typing import Any

from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
from ray.tune.registry import register_env

from editenv import image_edit_v0
from editenv.wrappers.team import flat_observations


def make_env(config: dict[str, Any]) -> ParallelPettingZooEnv:
    """Build the team; PPO's own network takes a ``Box``, and knows no masks."""
    env = image_edit_v0.parallel_env(
        "ImageEdit-Restore-v0", uniform_spaces="flat", instruction_format="pooled", image_size=32
    )
    return ParallelPettingZooEnv(flat_observations(env, mask=False))


def train(iterations: int) -> dict[str, Any]:
    """Train for so many iterations, in this process, and return the last result."""
    register_env("team", make_env)
    config = PPOConfig().environment("team")
    config.multi_agent(policies={"shared"}, policy_mapping_fn=lambda agent, *_, **__: "shared")
    config.env_runners(num_env_runners=0, rollout_fragment_length=64)
    config.training(train_batch_size_per_learner=64, minibatch_size=32, num_epochs=2)
    algorithm = config.build_algo()
    result: dict[str, Any] = {}
    for _ in range(iterations):
        result = algorithm.train()
        print("mean return", result["env_runners"]["episode_return_mean"])
    algorithm.stop()
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=2)
    train(parser.parse_args().iterations)
