"""The algorithms of the training example, with settings that work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from sb3_contrib import MaskablePPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.policy import CoordinatorPolicy, MaskableCoordinatorPolicy, action_sizes


def linear_decay(start: float, end_share: float = 0.1) -> Callable[[float], float]:
    """Learning rate that falls from ``start`` to ``end_share * start`` over the run."""
    return lambda left: start * (end_share + (1.0 - end_share) * left)


PPO_SETTINGS: dict[str, Any] = {
    "n_steps": 32,
    "batch_size": 256,
    "n_epochs": 4,
    "gamma": 0.5,
    "gae_lambda": 0.9,
    "ent_coef": 0.04,
    "vf_coef": 0.5,
    "max_grad_norm": 1.0,
    "clip_range": 0.2,
}

LEARNING_RATE = 1e-3

OPTIMIZER: dict[str, Any] = {
    "optimizer_class": torch.optim.AdamW,
    "optimizer_kwargs": {"eps": 1e-5, "weight_decay": 0.1},
}
"""Without the decay the policy solves train tasks as well, but five in a hundred fewer test tasks:
it learns what usually happens to each sprite."""

ALGORITHMS: dict[str, type[BaseAlgorithm]] = {
    "ppo": PPO,
    "maskable": MaskablePPO,
    "a2c": A2C,
    "dqn": DQN,
}


def network_arguments(env: VecEnv, network: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the ``policy_kwargs`` of a ``CoordinatorPolicy``.

    Args:
        env: the training environment; it says what the calls are.
        network: arguments that differ from the defaults; those of the extractor in
            ``features_extractor_kwargs``.
    """
    setup = env.get_attr("setup", indices=[0])[0]
    _, slots, _ = action_sizes(env.action_space)
    words = {"action_embeddings": env.env_method("action_embeddings", indices=[0])[0]}
    table = CallTable.of(setup.codec.names, setup.tools, slots)
    further = dict(network or {})
    words |= further.pop("features_extractor_kwargs", {})
    return {"calls": table.as_json(), "features_extractor_kwargs": words, **further}


def make_model(
    algorithm: str,
    env: VecEnv,
    *,
    seed: int,
    smoke: bool = False,
    network: Mapping[str, Any] | None = None,
    **changes: Any,
) -> BaseAlgorithm:
    """Build a model with its policy.

    Args:
        algorithm: ``"ppo"``, ``"maskable"``, ``"a2c"`` or ``"dqn"`` (flat actions).
        env: the training environment.
        seed: of weights and sampling.
        smoke: use small batches, so that a run of seconds covers everything.
        network: see ``network_arguments``.
        changes: settings that differ from this module's.

    Raises:
        ValueError: an unknown algorithm.
    """
    if algorithm not in ALGORITHMS:
        raise ValueError(f"algorithm={algorithm!r} is unknown: choose from {sorted(ALGORITHMS)}")
    rate = linear_decay(LEARNING_RATE)
    if algorithm == "dqn":
        settings = {"buffer_size": 5_000, "learning_starts": 200, "learning_rate": 1e-4}
        return DQN("MultiInputPolicy", env, seed=seed, **(settings | changes))
    built = {"policy_kwargs": {**OPTIMIZER, **network_arguments(env, network)}}
    if algorithm == "a2c":
        settings = {"n_steps": 16, "learning_rate": linear_decay(3e-4), "gamma": 0.9, **built}
        return A2C(CoordinatorPolicy, env, seed=seed, **(settings | changes))
    settings = {**PPO_SETTINGS, "learning_rate": rate, **built}
    if smoke:
        settings |= {"n_steps": 32, "batch_size": 64, "n_epochs": 2}
    if algorithm == "maskable":
        return MaskablePPO(MaskableCoordinatorPolicy, env, seed=seed, **(settings | changes))
    return PPO(CoordinatorPolicy, env, seed=seed, **(settings | changes))


def load_model(algorithm: str, path: Path, env: VecEnv | None = None) -> BaseAlgorithm:
    """Load a saved model. SB3 unpickles its settings: load only files that you trust.

    Raises:
        FileNotFoundError: no such file.
    """
    if not path.exists():
        raise FileNotFoundError(f"no checkpoint at {path}")
    return ALGORITHMS[algorithm].load(path, env=env)
