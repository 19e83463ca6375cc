"""The team of five agents in AgileRL: IPPO, with a network for each role.

python examples/libraries/train_agilerl_team.py --steps 256
"""

from __future__ import annotations

import argparse
from typing import Any

from agilerl.algorithms import IPPO
from agilerl.training.train_multi_agent_on_policy import train_multi_agent_on_policy
from agilerl.vector import AsyncPettingZooVecEnv

from editenv import image_edit_v0
from editenv.wrappers.team import flat_observations, plain_infos

ENV_ID = "ImageEdit-Restore-v0"


def make_env() -> Any:
    """Build the team; masks in ``infos`` make IPPO of AgileRL 2.58.0 fail."""
    env = image_edit_v0.parallel_env(
        ENV_ID, uniform_spaces="flat", instruction_format="pooled", image_size=32
    )
    return plain_infos(flat_observations(env, mask=False))


def train(steps: int) -> IPPO:
    """Train one team, a population without evolution, and return it."""
    envs = AsyncPettingZooVecEnv([make_env] * 2)
    agent = IPPO(
        [envs.single_observation_space(agent) for agent in envs.agents],
        [envs.single_action_space(agent) for agent in envs.agents],
        agent_ids=envs.agents,
        batch_size=32,
        learn_step=64,
        update_epochs=2,
    )
    limits = {"max_steps": steps, "evo_steps": steps, "eval_steps": 16, "verbose": False}
    (agent,), _ = train_multi_agent_on_policy(envs, ENV_ID, "IPPO", [agent], **limits)
    envs.close()
    return agent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=256)
    print(train(parser.parse_args().steps).fitness)
