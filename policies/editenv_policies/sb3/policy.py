"""Actor-critic policies that choose a tool, then a region for it, then an option for both."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableMultiInputActorCriticPolicy
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from torch import Tensor

from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.distribution import CallDistribution
from editenv_policies.sb3.extractor import CoordinatorExtractor, Features
from editenv_policies.sb3.heads import ConditionedHead, ValueHead
from editenv_policies.sb3.pictures import PreparedPictures


class _CoordinatorHeads:
    """Puts the coordinator's extractor, heads and distribution into an SB3 actor-critic policy.

    Args:
        observation_space: of the environment.
        action_space: of the environment.
        lr_schedule: of the optimiser.
        calls: what ``CallTable.as_json`` returns.
        conditioned: see ``ConditionedHead``.
        kwargs: of SB3's policy; ``features_extractor_kwargs`` must have ``action_embeddings``.
    """

    def __init__(
        self,
        observation_space: Any,
        action_space: Any,
        lr_schedule: Any,
        *,
        calls: dict[str, Any],
        conditioned: bool = True,
        **kwargs: Any,
    ):
        sizes = action_sizes(action_space)
        self.table = CallTable.from_json(calls)
        self._conditioned = conditioned
        kwargs.setdefault("features_extractor_class", CoordinatorExtractor)
        kwargs["features_extractor_kwargs"] = {
            **(kwargs.get("features_extractor_kwargs") or {}),
            "action_sizes": sizes,
        }
        kwargs["net_arch"] = []
        # SB3's orthogonal initialisation with gain sqrt(2) is for plain MLPs, not transformers.
        kwargs["ortho_init"] = False
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)  # type: ignore[call-arg]

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)  # type: ignore[misc]
        extractor: CoordinatorExtractor = self.features_extractor  # type: ignore[attr-defined]
        sizes = action_sizes(self.action_space)  # type: ignore[attr-defined]
        self.action_net = ConditionedHead(
            self.table, extractor.width, conditioned=self._conditioned
        )
        self.value_net = ValueHead(sizes, extractor.width)
        self._prepared = PreparedPictures(extractor.picture)
        self.optimizer = self.optimizer_class(  # type: ignore[attr-defined]
            self.parameters(),  # type: ignore[attr-defined]
            lr=lr_schedule(1),
            **self.optimizer_kwargs,  # type: ignore[attr-defined]
        )

    def _get_constructor_parameters(self) -> dict[str, Any]:
        parameters = super()._get_constructor_parameters()  # type: ignore[misc]
        return {**parameters, "calls": self.table.as_json(), "conditioned": self._conditioned}

    def extract_features(self, obs: Any, features_extractor: Any = None) -> Tensor:
        """Let the extractor read observations whose pictures are prepared once."""
        seen = {name: value.float() for name, value in obs.items() if name != "image"}
        seen["prepared"] = self._prepared(obs["image"])
        return (features_extractor or self.features_extractor)(seen)  # type: ignore[attr-defined]

    def _get_action_dist_from_latent(self, latent_pi: Tensor) -> CallDistribution:
        present = Features.unpack(latent_pi, self.table.sizes).present > 0
        return CallDistribution(self.action_net(latent_pi), self.table, present)


def action_sizes(action_space: spaces.Space) -> tuple[int, int, int]:
    """Read (calls, slots, options) from the action space.

    Raises:
        ValueError: a space that is not the factored one.
    """
    if not isinstance(action_space, spaces.MultiDiscrete) or len(action_space.nvec) != 3:
        raise ValueError(
            f"action_space={action_space!r}: this policy needs action_format='multi_discrete'"
        )
    calls, slots, options = (int(size) for size in action_space.nvec)
    return calls, slots, options


class CoordinatorPolicy(_CoordinatorHeads, MultiInputActorCriticPolicy):
    """For PPO and A2C: ``PPO(CoordinatorPolicy, env, policy_kwargs=network_arguments(env))``."""


class MaskableCoordinatorPolicy(_CoordinatorHeads, MaskableMultiInputActorCriticPolicy):
    """The same for MaskablePPO."""
