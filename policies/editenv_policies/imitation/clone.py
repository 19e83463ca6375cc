"""A cloned coordinator: the network of ``CoordinatorPolicy`` without its critic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from editenv_policies.imitation.blind import check_hidden, hide
from editenv_policies.imitation.saved import SavedPolicy, open_boxes
from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.distribution import CallDistribution
from editenv_policies.sb3.extractor import CoordinatorExtractor, Features
from editenv_policies.sb3.heads import ConditionedHead

ACTION_NAMES = ("action_embeddings.calls", "action_embeddings.options")
"""Beside the weights, the embeddings from which the network is built anew."""

MOST_LOSS = 30.0
"""What an action outside the mask costs: much, but not infinitely."""


class CoordinatorNetwork(nn.Module):
    """Extractor and heads, as ``CoordinatorPolicy`` has them.

    Args:
        observation_space: its shapes are read.
        table: the meaning of an action's numbers.
        action_embeddings: (C, D) and (C, O, D), as ``ImageEditEnv.action_embeddings`` gives them.
        width: of all vectors.
        layers: of the transformer over the instruction.
        conditioned: see ``ConditionedHead``.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        table: CallTable,
        action_embeddings: tuple[np.ndarray, np.ndarray],
        width: int,
        layers: int,
        conditioned: bool,
    ) -> None:
        super().__init__()
        self.table = table
        self.extractor = CoordinatorExtractor(
            observation_space, table.sizes, action_embeddings, width=width, layers=layers
        )
        self.heads = ConditionedHead(table, width, conditioned=conditioned)

    def forward(self, observation: dict[str, Any], mask: Tensor | None = None) -> CallDistribution:
        """Return the distribution of the next action.

        Args:
            observation: of N steps, as ``CoordinatorExtractor`` takes it.
            mask: (N, C + R + O) bool, which numbers may be valid; None: all present regions.
        """
        flat = self.extractor(observation)
        present = Features.unpack(flat, self.table.sizes).present > 0
        found = CallDistribution(self.heads(flat), self.table, present)
        found.apply_masking(mask)
        return found

    def losses(self, observation: dict[str, Any], mask: Tensor, actions: Tensor) -> Tensor:
        """Return (N, 3) negative log-likelihoods of call, region and option.

        If a call takes no region or has only one option, that loss is 0.
        """
        return (-self(observation, mask).log_parts(actions)).clamp(max=MOST_LOSS)


class Clone(SavedPolicy):
    """The coordinator's network as a policy for ``ImageEditEnv``.

    Args:
        space: of the environment's observations.
        table: the meaning of an action's numbers.
        action_embeddings: what ``ImageEditEnv.action_embeddings`` returns.
        hidden: names of ``editenv_policies.imitation.HIDEABLE`` that it never sees, neither in
            training nor later.
        width: of the network's vectors.
        layers: of its transformer.
        conditioned: whether a choice depends on the earlier ones; see ``ConditionedHead``.
        notes: plain values to save with it: data, seed, figures.
    """

    network: CoordinatorNetwork

    def __init__(
        self,
        space: spaces.Dict,
        table: CallTable,
        action_embeddings: tuple[np.ndarray, np.ndarray],
        *,
        hidden: Iterable[str] = (),
        width: int = 96,
        layers: int = 2,
        conditioned: bool = True,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            space, {"width": width, "layers": layers, "conditioned": conditioned}, notes
        )
        self.hidden = check_hidden(hidden)
        self.table = table
        self._embeddings = action_embeddings
        self.network = CoordinatorNetwork(space, table, action_embeddings, **self.size)

    @classmethod
    def for_env(cls, env: Any, **arguments: Any) -> Clone:
        """Build one for an environment, single or native vector."""
        base = env.unwrapped
        space = getattr(base, "single_observation_space", base.observation_space)
        table = CallTable.of(base.call_names, base.tools, base.setup.slots)
        return cls(space, table, base.action_embeddings(), **arguments)

    @property
    def heads(self) -> nn.Module:
        """The part of the network that chooses."""
        return self.network.heads

    def log_chances(
        self, observation: Mapping[str, np.ndarray], action_masks: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the log-probability of each call for a batch of observations: (N, C) float32."""
        with torch.no_grad():
            return self._distribution(observation, action_masks).calls.numpy()

    def _shown(self, observation: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        return hide(observation, self.hidden)

    def _built_from(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        plain = {"actions": self.table.as_json(), "hidden": list(self.hidden)}
        return plain, dict(zip(ACTION_NAMES, self._embeddings, strict=True))

    @classmethod
    def _build(cls, settings: dict[str, Any], tensors: dict[str, Tensor]) -> Self:
        calls, options = (tensors.pop(name).numpy() for name in ACTION_NAMES)
        return cls(
            spaces.Dict(open_boxes(settings["observation"])),
            CallTable.from_json(settings["actions"]),
            (calls, options),
            hidden=settings["hidden"],
            **settings["network"],
        )
