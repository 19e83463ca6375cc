"""AgileRL's PPO, which reads ``info["action_mask"]`` by itself.

python examples/libraries/train_agilerl.py --steps 256
"""

from __future__ import annotations

import argparse

import gymnasium
from agilerl.algorithms import PPO
from agilerl.training.train_on_policy import train_on_policy

import editenv  # noqa: F401
from editenv.wrappers import FlatObservation

ENV_ID = "ImageEdit-Restore-v0"


def train(steps: int) -> PPO:
    """Train one agent, a population without evolution, and return it."""
    envs = gymnasium.make_vec(
        ENV_ID,
        num_envs=2,
        vectorization_mode="sync",
        wrappers=[FlatObservation],
        instruction_format="pooled",
        image_size=32,
    )
    agent = PPO(
        envs.single_observation_space,
        envs.single_action_space,
        num_envs=2,
        batch_size=32,
        learn_step=64,
        update_epochs=2,
    )
    limits = {"max_steps": steps, "evo_steps": steps, "eval_steps": 16, "verbose": False}
    (agent,), _ = train_on_policy(envs, ENV_ID, "PPO", [agent], **limits)
    envs.close()
    return agent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=256)
    print(train(parser.parse_args().steps).fitness)
