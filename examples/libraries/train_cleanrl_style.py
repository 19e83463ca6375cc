"""PPO in one file, as CleanRL writes it, over ``make_vec`` and a flat observation.

python examples/libraries/train_cleanrl_style.py --steps 2048
"""

from __future__ import annotations

import argparse

import gymnasium
import torch
from torch import nn
from torch.distributions import Categorical

import editenv  # noqa: F401
from editenv.wrappers import VectorFlatObservation

ENVS, LENGTH, EPOCHS, GAMMA, LAMBDA = 4, 32, 4, 0.99, 0.95


def train(steps: int) -> tuple[nn.Module, float]:
    """Train for so many steps; return the network and the mean reward of the last batch."""
    torch.manual_seed(0)
    arguments = {"instruction_format": "pooled", "action_format": "discrete", "image_size": 64}
    envs = gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=ENVS, **arguments)
    envs = VectorFlatObservation(envs)
    inputs, actions = envs.single_observation_space.shape[0], int(envs.single_action_space.n)
    net = nn.Sequential(nn.Linear(inputs, 128), nn.Tanh(), nn.Linear(128, actions + 1))
    optimizer = torch.optim.Adam(net.parameters(), 3e-4, eps=1e-5)
    seen, info = envs.reset(seed=0)
    done, mean = torch.zeros(ENVS), 0.0

    def act(observations: torch.Tensor, masks: torch.Tensor) -> tuple[Categorical, torch.Tensor]:
        logits, values = net(observations).split([actions, 1], -1)
        return Categorical(logits=logits.masked_fill(~masks, -1e9)), values.squeeze(-1)

    for _ in range(steps // (ENVS * LENGTH)):
        batch = []
        for _ in range(LENGTH):
            now, mask = torch.tensor(seen), torch.tensor(info["action_mask"]).bool()
            with torch.no_grad():
                policy, value = act(now, mask)
            action = policy.sample()
            seen, reward, ended, cut, info = envs.step(action.numpy())
            paid = torch.tensor(reward, dtype=torch.float32)
            batch.append((now, mask, action, policy.log_prob(action), value, paid, done))
            done = torch.tensor(ended | cut).float()
        with torch.no_grad():
            last = act(torch.tensor(seen), torch.tensor(info["action_mask"]).bool())[1]
        obs, masks, acts, old, values, rewards, dones = map(torch.stack, zip(*batch, strict=True))
        gains, gain = torch.zeros_like(rewards), torch.zeros(ENVS)
        for t in reversed(range(LENGTH)):
            nexts = (last, done) if t == LENGTH - 1 else (values[t + 1], dones[t + 1])
            delta = rewards[t] + GAMMA * nexts[0] * (1 - nexts[1]) - values[t]
            gains[t] = gain = delta + GAMMA * LAMBDA * (1 - nexts[1]) * gain
        # In the step after an end Gymnasium resets and ignores the action: not to be learnt from.
        played, targets = 1 - dones, gains + values
        for _ in range(EPOCHS):
            policy, value = act(obs, masks)
            ratio = (policy.log_prob(acts) - old).exp()
            surrogate = torch.min(ratio * gains, ratio.clamp(0.8, 1.2) * gains)
            terms = -surrogate - 0.01 * policy.entropy() + 0.5 * (value - targets) ** 2
            loss = (terms * played).sum() / played.sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            optimizer.step()
        mean = float((rewards * played).sum() / played.sum())
        print(f"mean reward {mean:.3f}")
    envs.close()
    return net, mean


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2_048)
    train(parser.parse_args().steps)
