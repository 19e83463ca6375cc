"""GRPO with the coordinator's network, and the settings that were found to work from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from editenv_policies.grpo.algorithm import GRPO
from editenv_policies.sb3.models import OPTIMIZER, linear_decay, network_arguments
from editenv_policies.sb3.policy import CoordinatorPolicy

SETTINGS: dict[str, Any] = {
    "scale_rewards": "batch",
    # Without a discount, a wrong call that is mended by the next earns as much as the right call
    # at once: then nothing leads away from that habit, and no call is left to hand the picture in.
    "gamma": 0.5,
    "credit": "step",
    "epochs": 2,
    "num_minibatches": 4,
    "max_grad_norm": 1.0,
}

LEARNING_RATE = 1e-3

DECAY: dict[str, Any] = {"optimizer_kwargs": {"eps": 1e-5, "weight_decay": 0.3}}
"""A group sees one task several times, so that there are fewer tasks a step than with PPO, and
more to be feared from learning them by heart."""


def make_grpo(
    env: VecEnv,
    policy: type[BasePolicy] = CoordinatorPolicy,
    *,
    seed: int,
    network: Mapping[str, Any] | None = None,
    **changes: Any,
) -> GRPO:
    """Build GRPO with the coordinator's network.

    Args:
        env: of an id; sub-environments wait when their episode has ended.
        policy: a coordinator's, maskable or not.
        seed: of weights, sampling and starts.
        network: see ``network_arguments``.
        changes: settings that differ from this module's.
    """
    arguments = {**OPTIMIZER, **DECAY, **network_arguments(env, network)}
    settings = {"learning_rate": linear_decay(LEARNING_RATE), **SETTINGS, **changes}
    return GRPO(policy, env, policy_kwargs=arguments, seed=seed, device="cpu", **settings)
