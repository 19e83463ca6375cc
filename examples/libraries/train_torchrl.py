"""TorchRL's collector and PPO loss, with action masks.

python examples/libraries/train_torchrl.py --steps 512
"""

from __future__ import annotations

import argparse

import gymnasium
import torch
from tensordict.nn import TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.envs import ActionMask, DTypeCastTransform, GymWrapper, TransformedEnv
from torchrl.modules import MaskedCategorical, ProbabilisticActor, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

from editenv.wrappers import FlatObservation, MaskObservation


def make_env() -> TransformedEnv:
    """Build the environment; ``GymEnv("editenv:...")`` works too, without masks."""
    env = gymnasium.make(
        "editenv:ImageEdit-Restore-v0", instruction_format="pooled", action_format="discrete"
    )
    env = MaskObservation(FlatObservation(env))
    env = TransformedEnv(GymWrapper(env, categorical_action_encoding=True))
    env.append_transform(DTypeCastTransform(torch.int8, torch.bool, in_keys=["action_mask"]))
    return env.append_transform(ActionMask())


def train(steps: int, frames_per_batch: int = 128) -> float:
    """Train for so many steps and return the mean reward of the last batch."""
    env = make_env()
    inputs, actions = env.observation_spec["observation"].shape[-1], env.action_spec.n
    net = nn.Sequential(nn.Linear(inputs, 128), nn.Tanh(), nn.Linear(128, actions))
    actor = ProbabilisticActor(
        TensorDictModule(net, in_keys=["observation"], out_keys=["logits"]),
        in_keys={"logits": "logits", "mask": "action_mask"},
        distribution_class=MaskedCategorical,
        return_log_prob=True,
    )
    critic = ValueOperator(nn.Sequential(nn.Linear(inputs, 128), nn.Tanh(), nn.Linear(128, 1)))
    loss = ClipPPOLoss(actor, critic)
    advantage = GAE(gamma=0.99, lmbda=0.95, value_network=critic)
    optimizer = torch.optim.Adam(loss.parameters(), 3e-4)
    collector = Collector(
        env, actor, frames_per_batch=frames_per_batch, total_frames=steps, device="cpu"
    )
    reward = float("nan")
    for batch in collector:
        for _ in range(4):
            advantage(batch)
            losses = loss(batch)
            total = sum(value for key, value in losses.items() if key.startswith("loss_"))
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
        reward = batch["next", "reward"].mean().item()
        print(f"mean reward {reward:.3f}")
    collector.shutdown()
    return reward


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_024)
    train(parser.parse_args().steps)
