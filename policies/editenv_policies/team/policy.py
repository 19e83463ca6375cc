"""One policy for every role: what the coordinator reads, with a head for each role's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv
from sb3_contrib.common.maskable.policies import MaskableMultiInputActorCriticPolicy
from torch import Tensor, nn

from editenv_policies.imitation.demonstrations import KEPT
from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.pictures import PreparedPictures
from editenv_policies.team.extractor import TeamExtractor, change_of
from editenv_policies.team.head import TeamHead, TeamValue

SEEN = (*KEPT, "instruction", "instruction_mask")
"""Keys of what all roles see of a moment alike."""


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
        self._last: tuple[list[bytes], Tensor] | None = None
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
        size = int(self.action_space.n)
        self.action_net: nn.Module = TeamHead(self.layout, extractor.width, size)
        self.value_net: nn.Module = TeamValue(self.layout["action_sizes"], extractor.width)
        # A run that goes on has other pictures to measure at once than an unbroken one.
        self._prepared = PreparedPictures(extractor.picture, alone=True)
        self.optimizer = self.optimizer_class(
            self.parameters(),
            lr=lr_schedule(1),  # type: ignore[call-arg]
            **self.optimizer_kwargs,
        )

    def set_training_mode(self, mode: bool) -> None:
        """Begin to play or to learn; what was read before was read with other weights."""
        self._last = None
        super().set_training_mode(mode)

    def extract_features(self, obs: Any, features_extractor: Any = None) -> Tensor:
        """Let the extractor read observations: what several turns see alike once."""
        extractor = features_extractor or self.features_extractor
        assert isinstance(extractor, TeamExtractor)
        role, numbers = obs["role"].float(), obs["round"]
        read, at = self._read(obs, extractor)
        labels = obs["region_embeddings"].float()
        return extractor.take_turns(read[at], labels, role, numbers, change_of(obs))

    def _read(self, obs: Any, extractor: TeamExtractor) -> tuple[Tensor, Tensor]:
        """(M, F) ``Features`` of the different moments, and (N,) the moment of each turn."""
        keys = _moments(obs)
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        at = torch.tensor([places[key] for key in keys])
        remembered = None if torch.is_grad_enabled() else self._last
        if remembered is not None and remembered[0] == list(places):
            return remembered[1], at
        first = torch.tensor([keys.index(key) for key in places])
        seen = {key: obs[key][first].float() for key in SEEN if key != "image"}
        seen["prepared"] = self._prepared(obs["image"][first])
        read = extractor.read(seen)
        if not torch.is_grad_enabled():
            self._last = (list(places), read)
        return read, at


def _moments(obs: Any) -> list[bytes]:
    """Tell apart the moments at which turns are taken: one key a turn."""
    rows = [np.ascontiguousarray(obs[key].cpu().numpy()) for key in SEEN]
    keys = []
    for parts in zip(*rows, strict=True):
        found = sha1()
        for part in parts:
            found.update(part)
        keys.append(found.digest())
    return keys


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
    base, words = team.rounds.base, team.rounds.vocabulary
    encoder = base.setup.encoder
    return {
        "action_sizes": tuple(int(n) for n in base.action_space.nvec),
        "action_embeddings": base.action_embeddings(),
        "calls": CallTable.of(base.call_names, base.tools, base.setup.slots).as_json(),
        "pairs": _pairs(base.tools, team.uniform.pairs),
        "actions": np.array([words.actions.index(tool.action) for tool in base.tools], np.int64),
        "goals": _goals(base.tools, words.goals),
        "subjects": np.stack([encoder.pooled(label) for label in words.subjects]),
        "together": isinstance(team, ParallelEnv),
    }


def _pairs(tools: Sequence[Any], pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(P, K, 2): for each (action, goal) the tools that do it, and their options; -1 fills up."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {pair: [] for pair in pairs}
    for number, tool in enumerate(tools):
        for option, goal in enumerate(tool.options):
            found[tool.action, goal].append((number, option))
    rows = np.full((len(pairs), max(map(len, found.values())), 2), -1, np.int64)
    for row, pair in zip(rows, pairs, strict=True):
        row[: len(found[pair])] = found[pair]
    return rows


def _goals(tools: Sequence[Any], goals: Sequence[str]) -> np.ndarray:
    """(T, O): the number by which an interpreter names each option; -1 where there is none."""
    numbers = {goal: number for number, goal in enumerate(goals)}
    rows = np.full((len(tools), max(len(tool.options) for tool in tools)), -1, np.int64)
    for row, tool in zip(rows, tools, strict=True):
        row[: len(tool.options)] = [numbers[option] for option in tool.options]
    return rows
