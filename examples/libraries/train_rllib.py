"""RLlib's PPO on its new API stack, with action masks.

python examples/libraries/train_rllib.py --iterations 2
"""

from __future__ import annotations

import argparse
from typing import Any

import gymnasium
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.examples.rl_modules.classes.action_masking_rlm import ActionMaskingTorchRLModule
from ray.tune.registry import register_env

from editenv.wrappers import FlatObservation, MaskObservation


def make_env(config: dict[str, Any]) -> gymnasium.Env:
    """Build what RLlib's example of masked actions asks for."""
    env = gymnasium.make(
        "editenv:ImageEdit-Restore-v0",
        instruction_format="pooled",
        action_format="discrete",
        image_size=32,
    )
    return MaskObservation(FlatObservation(env), observation_key="observations")


def train(iterations: int) -> dict[str, Any]:
    """Train for so many iterations, in this process, and return the last result."""
    register_env("coordinator", make_env)
    module = RLModuleSpec(
        module_class=ActionMaskingTorchRLModule, model_config={"head_fcnet_hiddens": [64, 64]}
    )
    config = PPOConfig().environment("coordinator").rl_module(rl_module_spec=module)
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
