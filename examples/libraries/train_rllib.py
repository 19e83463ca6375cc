"""RLlib's PPO on its new API stack: a coordinator with masks, or the team.

python examples/libraries/train_rllib.py --team --iterations 1
"""

from __future__ import annotations

import argparse
from typing import Any

import gymnasium
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
from ray.rllib.examples.rl_modules.classes.action_masking_rlm import ActionMaskingTorchRLModule
from ray.tune.registry import register_env

from editenv import image_edit_v0
from editenv.wrappers import FlatObservation, MaskObservation
from editenv.wrappers.team import flat_observations

ENV_ID = "ImageEdit-Restore-v0"
SMALL = {"instruction_format": "pooled", "image_size": 32}


def make_env(config: dict[str, Any]) -> gymnasium.Env:
    """Build what RLlib's example of masked actions asks for."""
    env = gymnasium.make(f"editenv:{ENV_ID}", action_format="discrete", **SMALL)
    return MaskObservation(FlatObservation(env), observation_key="observations")


def make_team(config: dict[str, Any]) -> ParallelPettingZooEnv:
    """Build the team; PPO's own network takes a ``Box``, and knows no masks."""
    env = image_edit_v0.parallel_env(ENV_ID, uniform_spaces="flat", **SMALL)
    return ParallelPettingZooEnv(flat_observations(env, mask=False))


def make_config(team: bool) -> PPOConfig:
    """Say how to train; everything runs in this process."""
    config = PPOConfig().env_runners(num_env_runners=0, rollout_fragment_length=64)
    config.training(train_batch_size_per_learner=64, minibatch_size=32, num_epochs=2)
    if team:
        config.environment("team").multi_agent(
            policies={"shared"}, policy_mapping_fn=lambda agent, *_, **__: "shared"
        )
        return config
    module = RLModuleSpec(
        module_class=ActionMaskingTorchRLModule, model_config={"head_fcnet_hiddens": [64, 64]}
    )
    return config.environment("coordinator").rl_module(rl_module_spec=module)


def train(team: bool, iterations: int) -> dict[str, Any]:
    """Train for so many iterations and return the last result."""
    register_env("coordinator", make_env)
    register_env("team", make_team)
    algorithm = make_config(team).build_algo()
    result: dict[str, Any] = {}
    for _ in range(iterations):
        result = algorithm.train()
        print("mean return", result["env_runners"]["episode_return_mean"])
    algorithm.stop()
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--team", action="store_true")
    parser.add_argument("--iterations", type=int, default=1)
    arguments = parser.parse_args()
    train(arguments.team, arguments.iterations)
