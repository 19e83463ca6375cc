"""From a clone to a learner and back: the network is the same, only the critic is new."""

from __future__ import annotations

from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from policies.imitation.clone import Clone
from policies.sb3.models import linear_decay, make_model

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


def learner_from(clone: Clone, env: VecEnv, *, seed: int, smoke: bool = False) -> BaseAlgorithm:
    """Build MaskablePPO whose policy is the clone's, with a critic that has yet to learn.

    Args:
        clone: where the weights come from; it is not changed.
        env: what to learn in, with the spaces that the clone was made for.
        seed: of the critic's weights and of sampling.
        smoke: use small batches.
    """
    size = {"width": clone.size["width"], "layers": clone.size["layers"]}
    model = make_model(
        "maskable",
        env,
        seed=seed,
        smoke=smoke,
        network={"features_extractor_kwargs": size, "conditioned": clone.size["conditioned"]},
        learning_rate=linear_decay(RATE),
        **SETTINGS,
    )
    policy: Any = model.policy
    policy.features_extractor.load_state_dict(clone.network.extractor.state_dict())
    policy.action_net.load_state_dict(clone.network.heads.state_dict())
    return model


def take_back(clone: Clone, model: BaseAlgorithm) -> None:
    """Give a clone the weights of a learner that was made from it."""
    policy: Any = model.policy
    clone.network.extractor.load_state_dict(policy.features_extractor.state_dict())
    clone.network.heads.load_state_dict(policy.action_net.state_dict())


class CriticFirst(BaseCallback):
    """Lets only the critic learn at first: advantages of a new critic are noise.

    Args:
        steps: environment steps until the policy learns too.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._steps = steps

    def _on_training_start(self) -> None:
        self._let_policy_learn(self._steps <= self.num_timesteps)

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self._let_policy_learn(self._steps <= self.num_timesteps)

    def _let_policy_learn(self, learns: bool) -> None:
        policy: Any = self.model.policy
        for part in (policy.features_extractor, policy.action_net):
            part.requires_grad_(learns)
