"""The same spaces for every agent, for libraries that need it."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from editenv.agents.roles import ROLES, Intent
from editenv.envs.interface import RoleInterface
from editenv.envs.vocabulary import NOTHING
from editenv.types import Region

UNIFORM = (False, True, "flat")
"""What ``uniform_spaces`` can be."""


class UniformSpaces:
    """Pads every role to one ``Discrete`` action space and one observation space.

    The interpreter's tuple becomes one number: the (action, goal) pair, of those that the tools
    offer, and the region slot whose label is the subject. The other roles' numbers stay; what is
    beyond them is masked.

    The observation gets ``role``, (5,) float32 one-hot, and ``before`` for everyone, zeros but for
    the critic. ``action_mask`` is (n,) int8.

    Args:
        interface: what is padded.
        flat: whether ``action_mask`` stands among the observation's entries, in one ``Dict``
            without nesting, as Stable-Baselines3 wants it.

    Attributes:
        action_space: ``Discrete(n)``.
        observation_space: the same for every role.
        pairs: the (action, goal) pairs that the interpreter can name.
        slots: number of region slots.
    """

    def __init__(self, interface: RoleInterface, flat: bool) -> None:
        self._interface = interface
        self._flat = flat
        self.pairs = tuple(
            dict.fromkeys((tool.action, o) for tool in interface.base.tools for o in tool.options)
        )
        self.slots = interface.sizes["grounder"]
        self.sizes = {"interpreter": 1 + len(self.pairs) * self.slots, **interface.sizes}
        self._size = max(self.sizes.values())
        self.action_space = spaces.Discrete(self._size)
        nested: Any = interface.observation_spaces["critic"]["observation"]
        entries: dict[str, spaces.Space[Any]] = dict(nested.spaces)
        entries["role"] = spaces.Box(0.0, 1.0, (len(ROLES),), np.float32)
        mask = spaces.Box(0, 1, (self._size,), np.int8)
        self.observation_space: spaces.Dict = (
            spaces.Dict({**entries, "action_mask": mask})
            if flat
            else spaces.Dict({"observation": spaces.Dict(entries), "action_mask": mask})
        )

    def to_role(self, role: str, action: Any, regions: tuple[Region | None, ...]) -> Any:
        """Turn a padded action into one of the role's own space; None if it has no such action.

        Args:
            role: whose action.
            action: of ``action_space``, or anything.
            regions: the proposals of this round.
        """
        if not self.action_space.contains(action) or action >= self.sizes[role]:
            return None
        if role != "interpreter":
            return np.int64(action)
        if action == NOTHING:
            return np.zeros(3, np.int64)
        pair, slot = divmod(int(action) - 1, self.slots)
        region = regions[slot]
        if region is None:
            return None
        name, goal = self.pairs[pair]
        intent = Intent(name, region.label, goal)
        return np.array(self._interface.vocabulary.encode(intent), np.int64)

    def mask(
        self, role: str, own: np.ndarray | None, regions: tuple[Region | None, ...]
    ) -> np.ndarray:
        """Pad a role's mask to (n,) int8; an interpreter may name what is there."""
        mask = np.zeros(self._size, np.int8)
        if own is not None:
            mask[: len(own)] = own
            return mask
        present = np.array([region is not None for region in regions], np.int8)
        mask[NOTHING] = 1
        mask[1 : self.sizes[role]] = np.tile(present, len(self.pairs))
        return mask

    def pad(self, role: str, seen: dict[str, np.ndarray], mask: np.ndarray) -> dict[str, Any]:
        """Turn a role's observation into the one that every role has."""
        seen.setdefault("before", np.zeros_like(seen["image"]))
        seen["role"] = np.zeros(len(ROLES), np.float32)
        seen["role"][ROLES.index(role)] = 1.0
        if self._flat:
            return {**seen, "action_mask": mask}
        return {"observation": seen, "action_mask": mask}


def make_uniform(uniform_spaces: bool | str, interface: RoleInterface) -> UniformSpaces | None:
    """Build the padding, or None where every role keeps its spaces.

    Raises:
        ValueError: neither False, True nor ``"flat"``.
    """
    if not isinstance(uniform_spaces, (bool, str)) or uniform_spaces not in UNIFORM:
        raise ValueError(f"uniform_spaces={uniform_spaces!r}: choose from {UNIFORM}")
    return UniformSpaces(interface, uniform_spaces == "flat") if uniform_spaces else None
