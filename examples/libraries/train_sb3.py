"""Stable-Baselines3's PPO, A2C and DQN with its own network.

python examples/libraries/train_sb3.py --algorithm dqn --steps 2000
"""

from __future__ import annotations

import argparse

from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

# "pooled" is one embedding for all words: the stock network flattens what it sees.
ENVIRONMENT = {"instruction_format": "pooled", "image_size": 64}

ALGORITHMS = {
    "ppo": (PPO, {"n_steps": 64}),
    "a2c": (A2C, {}),
    "dqn": (DQN, {"buffer_size": 5_000, "learning_starts": 32}),
}


def train(algorithm: str, steps: int) -> BaseAlgorithm:
    """Train for so many steps, in two environments."""
    create, settings = ALGORITHMS[algorithm]
    arguments = dict(ENVIRONMENT)
    if algorithm == "dqn":
        arguments["action_format"] = "discrete"
    env = make_vec_env("editenv:ImageEdit-Direct-v0", n_envs=2, seed=0, env_kwargs=arguments)
    model = create("MultiInputPolicy", env, seed=0, verbose=1, **settings)
    return model.learn(steps)


def main() -> None:
    """Train as the command line says, and play ten episodes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithm", choices=ALGORITHMS, default="ppo")
    parser.add_argument("--steps", type=int, default=2_000)
    arguments = parser.parse_args()
    model = train(arguments.algorithm, arguments.steps)
    mean, deviation = evaluate_policy(model, model.get_env(), n_eval_episodes=10)
    print(f"return {mean:.3f} +- {deviation:.3f}")


if __name__ == "__main__":
    main()
