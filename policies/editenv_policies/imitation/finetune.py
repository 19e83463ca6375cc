"""From a clone to a learner and back: the same network with a new critic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sb3_contrib import MaskablePPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from editenv_policies.grpo.coordinator import make_grpo
from editenv_policies.imitation.clone import Clone
from editenv_policies.sb3.models import linear_decay, make_model
from editenv_policies.sb3.policy import MaskableCoordinatorPolicy
from editenv_policies.sb3.vec_env import ImageEditVecEnv

ALGORITHMS = {"maskable": "PPO", "grpo": "GRPO"}
"""Names of the algorithms for people; PPO is sb3-contrib's MaskablePPO."""

RATE = 2e-4
"""Learning rate at the start: a tenth of what a clone is trained with, for it knows much."""

SETTINGS: dict[str, Any] = {
    "n_steps": 32,
    "n_epochs": 2,
    "clip_range": 0.1,
    "gamma": 0.95,
    "gae_lambda": 0.9,
    "ent_coef": 0.002,
    "target_kl": 0.03,
}
"""Of MaskablePPO on a clone: small steps, and hardly any bonus for trying things out."""

VALUES_FIRST = 0.08
"""Share of the training of a clone in which only its critic learns, which is new."""

GROUP_SIZE = 8
"""Episodes of GRPO from one start."""

GRPO_SETTINGS: dict[str, Any] = {
    "clip_range": 0.1,
    "gamma": 0.95,
    "ent_coef": 0.002,
}
"""Of GRPO on a clone, for the same reasons."""


def learner_from(
    clone: Clone,
    env: VecEnv,
    *,
    algorithm: str = "maskable",
    fresh: bool = False,
    seed: int,
    smoke: bool = False,
) -> BaseAlgorithm:
    """Build a learner with the clone's policy and an untrained critic.

    Args:
        clone: where the weights come from; it is not changed.
        env: the training environment, with the spaces that the clone was made for.
        algorithm: a name of ``ALGORITHMS``.
        fresh: whether the clone is untrained and the learner must explore a lot.
        seed: of the critic's weights and of sampling.
        smoke: use small batches.

    Raises:
        ValueError: an unknown algorithm.
    """
    if algorithm not in ALGORITHMS:
        raise ValueError(f"algorithm={algorithm!r} is unknown: choose from {list(ALGORITHMS)}")
    size = {"width": clone.size["width"], "layers": clone.size["layers"]}
    network = {"features_extractor_kwargs": size, "conditioned": clone.size["conditioned"]}
    make: Callable[..., BaseAlgorithm] = _make_grpo if algorithm == "grpo" else _make_ppo
    model = make(env, network, fresh=fresh, seed=seed, smoke=smoke)
    clone.give_to(model.policy)
    if isinstance(model, MaskablePPO) and isinstance(env, ImageEditVecEnv):
        # Its critic says what would have come after a step limit; GRPO has none.
        env.bootstrap_with(model)
    return model


def _make_ppo(env: VecEnv, network: Any, *, fresh: bool, seed: int, smoke: bool) -> BaseAlgorithm:
    changes = {} if fresh else {"learning_rate": linear_decay(RATE), **SETTINGS}
    return make_model("maskable", env, seed=seed, smoke=smoke, network=network, **changes)


def _make_grpo(env: VecEnv, network: Any, *, fresh: bool, seed: int, smoke: bool) -> BaseAlgorithm:
    changes = {} if fresh else {"learning_rate": linear_decay(RATE), **GRPO_SETTINGS}
    return make_grpo(
        env,
        MaskableCoordinatorPolicy,
        group_size=GROUP_SIZE,
        num_groups=4 if smoke else 32,
        seed=seed,
        network=network,
        **changes,
    )
