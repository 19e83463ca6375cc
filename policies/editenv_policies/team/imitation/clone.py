"""A cloned team: one network for all roles, that of ``TeamPolicy`` without its critic of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from editenv.agents.roles import ROLES
from editenv_policies.imitation.clone import MOST_LOSS, Clone
from editenv_policies.imitation.saved import SavedPolicy, open_boxes
from editenv_policies.team.extractor import TeamExtractor
from editenv_policies.team.head import LEAST, TeamHead
from editenv_policies.team.policy import layout_of

ARRAYS = ("pairs", "actions", "goals", "subjects")
"""What of a layout is an array, beside the action embeddings."""

EMBEDDINGS = ("calls", "options")

PREFIX = "layout."

HISTORY = "history.project.weight"
"""The extractor's weights whose number depends on how many calls are remembered."""


@dataclass(frozen=True)
class TurnDistribution:
    """What the turns of an observation may do.

    Attributes:
        log_chances: (N, n) log-probabilities of the numbers of the action space.
    """

    log_chances: Tensor

    def get_actions(self, deterministic: bool = False) -> Tensor:
        """Return the most probable numbers, or a sample: (N,) int64."""
        if deterministic:
            return self.log_chances.argmax(1)
        return torch.multinomial(self.log_chances.exp(), 1)[:, 0]


class TeamNetwork(nn.Module):
    """Extractor and head, as ``TeamPolicy`` has them.

    Args:
        observation_space: of any agent, with ``uniform_spaces="flat"``.
        layout: what ``layout_of`` returns.
        size: of the action space.
        width: of all vectors.
        layers: of the transformer over the instruction.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        layout: dict[str, Any],
        size: int,
        width: int,
        layers: int,
    ) -> None:
        super().__init__()
        self.extractor = TeamExtractor(observation_space, layout, width=width, layers=layers)
        self.head = TeamHead(layout, width, size)

    def forward(self, observation: dict[str, Any], mask: Tensor) -> TurnDistribution:
        """Return what the turns of an observation may do.

        Args:
            observation: of N turns, as ``TeamExtractor`` takes it.
            mask: (N, n) bool, what is legal.
        """
        return self._distribution(self.extractor(observation), mask)

    def _distribution(self, flat: Tensor, mask: Tensor) -> TurnDistribution:
        logits = self.head(flat).masked_fill(~mask, 20.0 * LEAST)
        return TurnDistribution(logits.log_softmax(1))

    def losses(
        self,
        moments: dict[str, Any],
        at: Tensor,
        roles: Tensor,
        numbers: Tensor,
        change: Tensor,
        mask: Tensor,
        actions: Tensor,
    ) -> Tensor:
        """Return (M, 5) negative log-likelihoods by moment and role; 0 where there was no turn.

        What all roles see of a moment is read once.

        Args:
            moments: observations of M moments, as ``CoordinatorExtractor`` takes them.
            at: (N,) int64, each turn's moment.
            roles: (N,) int64, indices in ``ROLES``.
            numbers: (N, 7), ``round``.
            change: (N, 6), see ``change_of``.
            mask: (N, n) bool, what is legal.
            actions: (N,) int64.
        """
        role = nn.functional.one_hot(roles, len(ROLES)).float()
        flat = self.extractor.read(moments)
        labels = moments["region_embeddings"]
        flat = self.extractor.take_turns(flat[at], labels[at], role, numbers, change)
        chances = self._distribution(flat, mask).log_chances
        found = -chances.gather(1, actions.unsqueeze(1)).squeeze(1)
        losses = torch.zeros(len(labels), len(ROLES))
        # Where a round made no call, there are two turns of a critic at one moment.
        return losses.index_put((at, roles), found.clamp(max=MOST_LOSS), accumulate=True)


class TeamClone(SavedPolicy):
    """A team's network as one policy for all roles, with ``uniform_spaces="flat"``.

    Args:
        space: of any agent's observations.
        layout: what ``layout_of`` returns.
        numbers: size of the action space.
        width: of the network's vectors.
        layers: of its transformer.
        notes: plain values that are saved with it: data, seed, figures.
    """

    network: TeamNetwork

    def __init__(
        self,
        space: spaces.Dict,
        layout: dict[str, Any],
        numbers: int,
        *,
        width: int = 96,
        layers: int = 2,
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(space, {"width": width, "layers": layers}, notes)
        self._space, self._layout, self._numbers = space, layout, numbers
        self.network = TeamNetwork(space, layout, numbers, **self.size)

    @classmethod
    def for_env(cls, env: Any, **arguments: Any) -> TeamClone:
        """Build one for ``image_edit_v0.raw_env(..., uniform_spaces="flat")``.

        Raises:
            ValueError: other spaces.
        """
        layout, agent = layout_of(env), env.possible_agents[0]
        numbers = int(env.action_space(agent).n)
        return cls(env.observation_space(agent), layout, numbers, **arguments)

    @property
    def heads(self) -> nn.Module:
        """The part of the network that chooses."""
        return self.network.head

    def take_coordinator(self, coordinator: Clone) -> None:
        """Begin with the weights of a cloned coordinator: what it reads, and its calls.

        Raises:
            ValueError: it makes other calls, or is of another size.
        """
        extractor, heads = self.network.extractor, self.network.head.heads
        if coordinator.table.as_json() != self.network.head.table.as_json():
            raise ValueError("coordinator makes other calls than the team's tools do")
        try:
            state = dict(coordinator.network.extractor.state_dict())
            state[HISTORY] = _lengthened(state[HISTORY], extractor.history.project.in_features)
            extractor.load_state_dict(state, strict=False)
            heads.load_state_dict(coordinator.network.heads.state_dict())
        except RuntimeError as error:
            raise ValueError(
                f"coordinator has width and layers {coordinator.size}, the team {self.size}, or "
                "they see other things: they must be the same"
            ) from error

    def _built_from(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        layout = self._layout
        arrays = {name: layout[name] for name in ARRAYS}
        arrays |= dict(zip(EMBEDDINGS, layout["action_embeddings"], strict=True))
        plain = {
            "round": np.asarray(self._space["round"].high).tolist(),  # type: ignore[attr-defined]
            "numbers": self._numbers,
            "calls": layout["calls"],
            "together": layout["together"],
        }
        return plain, {f"{PREFIX}{name}": array for name, array in arrays.items()}

    @classmethod
    def _build(cls, settings: dict[str, Any], tensors: dict[str, Tensor]) -> Self:
        found = {name: tensors.pop(f"{PREFIX}{name}").numpy() for name in (*ARRAYS, *EMBEDDINGS)}
        layout: dict[str, Any] = {name: found[name] for name in ARRAYS}
        layout["action_embeddings"] = tuple(found[name] for name in EMBEDDINGS)
        layout["calls"], layout["together"] = settings["calls"], settings["together"]
        layout["action_sizes"] = tuple(settings["calls"]["sizes"])
        boxes = open_boxes(settings["observation"])
        highest = np.array(settings["round"], np.int32)
        boxes["round"] = spaces.Box(np.full_like(highest, -1), highest, dtype=np.int32)
        return cls(spaces.Dict(boxes), layout, settings["numbers"], **settings["network"])


def _lengthened(weights: Tensor, inputs: int) -> Tensor:
    """(width, F) to (width, inputs): zeros for the earlier calls, which come first."""
    more = torch.zeros(len(weights), max(inputs - weights.shape[1], 0))
    return torch.cat([more, weights], dim=1)
