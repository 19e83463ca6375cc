"""AgileRL's PPO and, for the team of five agents, IPPO.

python examples/libraries/train_agilerl.py --algorithm ippo --steps 256
"""

from __future__ import annotations

import argparse

import gymnasium
from agilerl.algorithms import IPPO, PPO
from agilerl.training.train_multi_agent_on_policy import train_multi_agent_on_policy
from agilerl.training.train_on_policy import train_on_policy
from agilerl.vector import AsyncPettingZooVecEnv

import editenv  # noqa: F401
from editenv import image_edit_v0
from editenv.wrappers import FlatObservation
from editenv.wrappers.team import flat_observations, plain_infos

ENV_ID = "ImageEdit-Restore-v0"
SETTINGS = {"batch_size": 32, "learn_step": 64, "update_epochs": 2}


def train_ppo(steps: int) -> PPO:
    """Train one coordinator."""
    envs = gymnasium.make_vec(
        ENV_ID,
        num_envs=2,
        vectorization_mode="sync",
        wrappers=[FlatObservation],
        instruction_format="pooled",
        image_size=32,
    )
    spaces = envs.single_observation_space, envs.single_action_space
    agent = PPO(*spaces, num_envs=2, **SETTINGS)
    limits = {"max_steps": steps, "evo_steps": steps, "eval_steps": 16, "verbose": False}
    (agent,), _ = train_on_policy(envs, ENV_ID, "PPO", [agent], **limits)
    return agent


def make_team():
    """Build the team; masks in ``infos`` make IPPO of AgileRL 2.58.0 fail."""
    env = image_edit_v0.parallel_env(
        ENV_ID, uniform_spaces="flat", instruction_format="pooled", image_size=32
    )
    return plain_infos(flat_observations(env, mask=False))


def train_ippo(steps: int) -> IPPO:
    """Train the team, with a network for each role."""
    envs = AsyncPettingZooVecEnv([make_team] * 2)
    agents = envs.agents
    observations = [envs.single_observation_space(agent) for agent in agents]
    actions = [envs.single_action_space(agent) for agent in agents]
    agent = IPPO(observations, actions, agent_ids=agents, **SETTINGS)
    limits = {"max_steps": steps, "evo_steps": steps, "eval_steps": 16, "verbose": False}
    (agent,), _ = train_multi_agent_on_policy(envs, ENV_ID, "IPPO", [agent], **limits)
    envs.close()
    return agent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithm", choices=["ppo", "ippo"], default="ppo")
    parser.add_argument("--steps", type=int, default=256)
    arguments = parser.parse_args()
    print({"ppo": train_ppo, "ippo": train_ippo}[arguments.algorithm](arguments.steps).fitness)
