"""skrl's PPO over Gymnasium's vector environment and a flat observation.

python examples/libraries/train_skrl.py --steps 512
"""

from __future__ import annotations

import argparse

import gymnasium
from skrl.agents.torch.ppo import PPO, PPO_CFG
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.trainers.torch import SequentialTrainer
from skrl.utils.model_instantiators.torch import deterministic_model, multicategorical_model

import editenv  # noqa: F401
from editenv.wrappers import VectorFlatObservation

NETWORK = [{"name": "net", "input": "OBSERVATIONS", "layers": [64, 64], "activations": "tanh"}]


def train(steps: int, num_envs: int = 2) -> PPO:
    """Train for so many steps of every environment."""
    envs = gymnasium.make_vec(
        "ImageEdit-Restore-v0", num_envs=num_envs, instruction_format="pooled", image_size=32
    )
    env = wrap_env(VectorFlatObservation(envs))
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
    models = {
        "policy": multicategorical_model(**spaces, network=NETWORK, output="ACTIONS"),
        "value": deterministic_model(**spaces, network=NETWORK, output="ONE"),
    }
    settings = PPO_CFG(rollouts=32, learning_epochs=4)
    settings.experiment.write_interval = settings.experiment.checkpoint_interval = 0
    memory = RandomMemory(memory_size=settings.rollouts, num_envs=num_envs)
    agent = PPO(models=models, memory=memory, cfg=settings, **spaces)
    limits = {"timesteps": steps, "headless": True, "close_environment_at_exit": False}
    SequentialTrainer(env=env, agents=agent, cfg=limits).train()
    env.close()
    return agent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=512)
    train(parser.parse_args().steps)
