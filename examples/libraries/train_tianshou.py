"""Tianshou 2's DQN with action masks.

python examples/libraries/train_tianshou.py --steps 1024
"""

from __future__ import annotations

import argparse

import gymnasium
from tianshou.algorithm import DQN
from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Collector, InfoStats, VectorReplayBuffer
from tianshou.env import DummyVectorEnv
from tianshou.trainer import OffPolicyTrainerParams
from tianshou.utils.net.common import Net

from editenv.wrappers import FlatObservation, MaskObservation, PlainInfos


def make_env() -> gymnasium.Env:
    """Build an environment whose observation is ``obs`` and ``mask``, as Tianshou wants it."""
    env = gymnasium.make(
        "editenv:ImageEdit-Restore-v0", instruction_format="pooled", action_format="discrete"
    )
    env = MaskObservation(FlatObservation(env), observation_key="obs", mask_key="mask")
    return PlainInfos(env, keys=["is_success"])


def train(steps: int) -> InfoStats:
    """Train for so many steps and return Tianshou's statistics."""
    envs = DummyVectorEnv([make_env] * 2)
    env = make_env()
    net = Net(
        state_shape=env.observation_space["obs"].shape,
        action_shape=env.action_space.n,
        hidden_sizes=(128,),
    )
    policy = DiscreteQLearningPolicy(
        model=net,
        action_space=env.action_space,
        observation_space=env.observation_space,
        eps_training=0.2,
    )
    algorithm = DQN(policy=policy, optim=AdamOptimizerFactory(lr=1e-3), target_update_freq=100)
    collector = Collector(
        algorithm, envs, VectorReplayBuffer(5_000, len(envs)), exploration_noise=True
    )
    return algorithm.run_training(
        OffPolicyTrainerParams(
            training_collector=collector,
            max_epochs=1,
            epoch_num_steps=steps,
            collection_step_num_env_steps=64,
            update_step_num_gradient_steps_per_sample=0.1,
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_024)
    print(train(parser.parse_args().steps))
