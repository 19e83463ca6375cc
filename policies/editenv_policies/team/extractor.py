"""What every role of a team reads off its observation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from gymnasium import spaces
from torch import Tensor, nn
from torch.nn import functional

from editenv.agents.roles import ROLES
from editenv.envs.interface import ROUND
from editenv_policies.sb3.extractor import CoordinatorExtractor, Features

ACTION, SUBJECT = ROUND.index("action"), ROUND.index("subject")

CRITIC = ROLES.index("critic")

CHANGES = 6
"""How many numbers ``change_of`` gives."""


class Turns(NamedTuple):
    """Whose turn it is and what the round has decided, beside the ``Features``. N: turns."""

    role: Tensor
    """(N, 5) one-hot."""
    numbers: Tensor
    """(N, 7): ``round``, -1 where nothing is decided."""
    named: Tensor
    """(N, R): cosine of the subject that the interpreter has named with each region."""

    @staticmethod
    def split(flat: Tensor, slots: int) -> tuple[Tensor, Turns]:
        """Take apart what ``TeamExtractor`` returns: packed ``Features``, and the turns."""
        sizes = [len(ROLES), len(ROUND), slots]
        features, *parts = flat.split([flat.shape[1] - sum(sizes), *sizes], dim=1)
        return features, Turns(*parts)


class TeamExtractor(CoordinatorExtractor):
    """The coordinator's extractor, which also knows the role and what the round has decided.

    Args:
        observation_space: with ``uniform_spaces="flat"``.
        layout: what the numbers of the uniform action space mean.
        arguments: of ``CoordinatorExtractor``.
    """

    subjects: Tensor

    def __init__(
        self, observation_space: spaces.Dict, layout: dict[str, Any], **arguments: Any
    ) -> None:
        sizes = layout["action_sizes"]
        super().__init__(observation_space, sizes, layout["action_embeddings"], **arguments)
        numbers = observation_space["round"]
        assert isinstance(numbers, spaces.Box)
        width = self.width
        self.role = nn.Linear(len(ROLES), width, bias=False)
        self.numbers = nn.ModuleList(nn.Embedding(int(top) + 2, width) for top in numbers.high)
        self.change = nn.Linear(CHANGES, width, bias=False)
        for layer in (self.role, self.change, *self.numbers):
            nn.init.normal_(layer.weight, std=0.02)  # type: ignore[arg-type]
        subjects = torch.from_numpy(layout["subjects"]).float()
        subjects = functional.normalize(subjects, dim=-1)
        self.register_buffer("subjects", subjects, persistent=False)
        self._features_dim += len(ROLES) + len(ROUND) + sizes[1]

    def forward(self, observation: dict[str, Any]) -> Tensor:
        """Return ``Features``, packed, and ``Turns``.

        Args:
            observation: of N turns, as ``CoordinatorExtractor`` takes it, with ``role`` and
                ``round``. ``"change"``, what ``change_of`` returned, may stand in place of
                ``"before"``.
        """
        change = observation["change"] if "change" in observation else change_of(observation)
        return self.take_turns(
            self.read(observation),
            observation["region_embeddings"],
            observation["role"],
            observation["round"],
            change,
        )

    def read(self, observation: dict[str, Any]) -> Tensor:
        """Return packed ``Features`` of what all roles see of a moment alike."""
        return super().forward(observation)

    def take_turns(
        self, flat: Tensor, labels: Tensor, role: Tensor, numbers: Tensor, change: Tensor
    ) -> Tensor:
        """Add to what was read what makes a turn.

        Args:
            flat: (N, F), packed ``Features``.
            labels: (N, R, D), the regions' embeddings.
            role: (N, 5) one-hot.
            numbers: (N, 7), ``round``.
            change: (N, 6), see ``change_of``.
        """
        parts = Features.unpack(flat, self.sizes)
        rows = numbers.long()
        known = [table(rows[:, i] + 1) for i, table in enumerate(self.numbers)]
        summary = parts.summary + self.role(role) + torch.stack(known).sum(0) + self.change(change)
        turns = Turns(role, numbers.to(flat.dtype), self._named(labels, rows))
        return torch.cat([parts._replace(summary=summary).pack(), *turns], dim=1)

    def _named(self, labels: Tensor, numbers: Tensor) -> Tensor:
        """(N, R): how much each region looks like the subject; 0 where none is named."""
        subject = self.subjects[numbers[:, SUBJECT].clamp(min=0)]
        alike = (functional.normalize(labels, dim=-1) @ subject.unsqueeze(2)).squeeze(2)
        return alike * (numbers[:, ACTION] > 0).unsqueeze(1)


def change_of(observation: Mapping[str, Tensor]) -> Tensor:
    """What a round has changed of the picture, for its critic; zeros for the others.

    Args:
        observation: of N turns: ``role``, and ``image`` and ``before`` as (N, 3, H, W), uint8 or
            float in [0, 1].

    Returns:
        (N, 6) float: mean and largest change of each channel, 0 to 1.
    """
    role = observation["role"].float()
    changes = torch.zeros(len(role), CHANGES, device=role.device)
    rows = torch.nonzero(role[:, CRITIC] > 0).flatten()
    if len(rows):
        changes[rows] = changed_by(observation["before"][rows], observation["image"][rows])
    return changes


def changed_by(before: Tensor, after: Tensor) -> Tensor:
    """Compare pictures, (N, 3, H, W), uint8 or float in [0, 1]: see ``change_of``."""
    scale = 1.0 if before.is_floating_point() else 255.0
    difference = (after.float() - before.float()).abs().flatten(2) / scale
    return torch.cat([difference.mean(2), difference.amax(2)], dim=1)
