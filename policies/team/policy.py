"""One policy for every role: what the coordinator reads, with a head for each role's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv
from sb3_contrib.common.maskable.policies import MaskableMultiInputActorCriticPolicy
from torch import Tensor, nn

from editenv.agents.roles import ROLES
from editenv.envs.interface import ROUND
from policies.sb3.extractor import CoordinatorExtractor, Features
from policies.sb3.heads import PointerHead, ValueHead

REGION = ROUND.index("region")
TOOL = ROUND.index("tool")


class TeamExtractor(CoordinatorExtractor):
    """The coordinator's extractor, which also knows the role and what the round has decided.

    Args:
        observation_space: with ``uniform_spaces="flat"``.
        layout: what the numbers of the uniform action space mean.
        arguments: of ``CoordinatorExtractor``.
    """

    def __init__(
        self, observation_space: spaces.Dict, layout: dict[str, Any], **arguments: Any
    ) -> None:
        sizes = layout["action_sizes"]
        super().__init__(observation_space, sizes, layout["action_embeddings"], **arguments)
        numbers = observation_space["round"]
        assert isinstance(numbers, spaces.Box)
        width = self.width
        self.role = nn.Linear(len(ROLES), width)
        self.numbers = nn.ModuleList(nn.Embedding(int(top) + 2, width) for top in numbers.high)
        self.change = nn.Linear(6, width)
        for table in self.numbers:
            nn.init.normal_(table.weight, std=0.1)  # type: ignore[arg-type]
        self._head_inputs = len(ROLES) + 2
        self._features_dim += self._head_inputs

    def forward(self, observation: dict[str, Tensor]) -> Tensor:
        """Return ``Features``, packed, then role (5), region and tool of the round (-1: none)."""
        role, numbers = observation["role"], observation["round"].long()
        parts = Features.unpack(super().forward(observation), self.sizes)
        known = [table(numbers[:, i] + 1) for i, table in enumerate(self.numbers)]
        summary = parts.summary + self.role(role) + torch.stack(known).sum(0)
        summary = summary + self.change(_change(observation))
        heads = torch.cat([role, numbers[:, [REGION, TOOL]].to(role.dtype)], dim=1)
        return torch.cat([parts._replace(summary=summary).pack(), heads], dim=1)


def _change(observation: dict[str, Tensor]) -> Tensor:
    """(N, 6): mean and largest change of each channel since the round began, for the critic."""
    critic = observation["role"][:, ROLES.index("critic")].view(-1, 1)
    difference = (observation["image"] - observation["before"]).abs().flatten(2)
    return torch.cat([difference.mean(2), difference.amax(2)], dim=1) * critic


class TeamHead(nn.Module):
    """Logits of the uniform action space, by the role that is on turn.

    The coordinator's logits of calls, regions and options serve every role: the interpreter names a
    pair of action and goal by the call and option that do it, and a region; the grounder takes the
    regions, the selector the calls, the editor the options of the round's tool. Where all act at
    once the tool is not known yet: there the editor takes the options of every tool, weighted by
    how likely the selector is to choose it.

    Args:
        layout: what the numbers of the uniform action space mean.
        width: of the extractor's vectors.
        size: of the action space.
    """

    pairs: Tensor

    def __init__(self, layout: dict[str, Any], width: int, size: int) -> None:
        super().__init__()
        self.sizes = tuple(layout["action_sizes"])
        self.size = size
        self.tools = layout["tools"]
        self.together = layout["together"]
        self.point = PointerHead(self.sizes, width)  # type: ignore[arg-type]
        self.verdict = nn.Linear(width, 3)
        self.idle = nn.Linear(width, 2)
        nn.init.normal_(self.verdict.weight, std=0.01)
        nn.init.normal_(self.idle.weight, std=0.01)
        self.register_buffer("pairs", torch.tensor(layout["pairs"]))

    def forward(self, flat: Tensor) -> Tensor:
        """Return (N, size) logits."""
        inputs = len(ROLES) + 2
        parts = Features.unpack(flat[:, :-inputs], self.sizes)
        role, tool = flat[:, -inputs:-2], flat[:, -1].long()
        calls, regions, options = self.point(parts)
        idle = self.idle(parts.summary)
        calls = calls[:, : self.tools]
        named = calls[:, self.pairs[:, 0]] + options[:, self.pairs[:, 0], self.pairs[:, 1]]
        # "Nothing to do" is one number among hundreds, but half of what there is to decide. Weighed
        # against all tuples together it is tried from the start, and learnt.
        said = (named.unsqueeze(2) + regions.unsqueeze(1)).flatten(1).log_softmax(dim=1)
        if self.together:
            weights = calls.detach().softmax(dim=1).unsqueeze(2)
            chosen = (weights * options[:, : self.tools]).sum(1)
        else:
            chosen = options[torch.arange(len(tool)), tool.clamp(0, self.tools - 1)]
        by_role = (
            torch.cat([idle[:, :1], said], dim=1),
            regions,
            torch.cat([calls, idle[:, 1:]], dim=1),
            chosen,
            self.verdict(parts.summary),
        )
        padded = [nn.functional.pad(x, (0, self.size - x.shape[1])) for x in by_role]
        return (torch.stack(padded, dim=1) * role.unsqueeze(2)).sum(1)


class TeamValue(ValueHead):
    """The value, from the coordinator's part of the features."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, 1) values."""
        return super().forward(features[:, : -len(ROLES) - 2])


class TeamPolicy(MaskableMultiInputActorCriticPolicy):
    """For MaskablePPO on ``uniform_spaces="flat"``, one role or all of them.

    Args:
        observation_space: of any agent.
        action_space: of any agent.
        lr_schedule: learning rate by progress.
        layout: what ``layout_of`` returns.
        kwargs: of SB3's policies.
    """

    def __init__(
        self,
        observation_space: Any,
        action_space: Any,
        lr_schedule: Any,
        layout: dict[str, Any],
        **kwargs: Any,
    ):
        self.layout = layout
        kwargs["features_extractor_class"] = TeamExtractor
        kwargs["features_extractor_kwargs"] = {
            **(kwargs.get("features_extractor_kwargs") or {}),
            "layout": layout,
        }
        kwargs["net_arch"] = []
        # SB3's orthogonal initialisation with gain sqrt(2) is for plain MLPs, not transformers.
        kwargs["ortho_init"] = False
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "layout": self.layout}

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)
        extractor = self.features_extractor
        assert isinstance(extractor, TeamExtractor)
        assert isinstance(self.action_space, spaces.Discrete)
        self.action_net: nn.Module = TeamHead(
            self.layout, extractor.width, int(self.action_space.n)
        )
        self.value_net: nn.Module = TeamValue(self.layout["action_sizes"], extractor.width)
        self.optimizer = self.optimizer_class(
            self.parameters(),
            lr=lr_schedule(1),  # type: ignore[call-arg]
            **self.optimizer_kwargs,
        )


def layout_of(env: Any) -> dict[str, Any]:
    """Read off a team environment what the numbers of its uniform action space mean.

    Args:
        env: of ``image_edit_v0`` with ``uniform_spaces="flat"``.

    Raises:
        ValueError: an environment with other spaces.
    """
    team = env.unwrapped
    if team.uniform is None or "role" not in team.uniform.observation_space.spaces:
        raise ValueError("this policy needs uniform_spaces='flat'")
    base = team.rounds.base
    return {
        "action_sizes": tuple(int(n) for n in base.action_space.nvec),
        "action_embeddings": base.action_embeddings(),
        "pairs": _pairs(base.tools, team.uniform.pairs),
        "tools": len(base.tools),
        "together": isinstance(team, ParallelEnv),
    }


def _pairs(tools: Sequence[Any], pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(P, 2): for each (action, goal) the first tool that does it, and its option."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for number, tool in enumerate(tools):
        for option, goal in enumerate(tool.options):
            found.setdefault((tool.action, goal), (number, option))
    return np.array([found[pair] for pair in pairs], np.int64)
