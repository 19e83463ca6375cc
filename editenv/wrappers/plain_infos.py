"""An ``info`` without words, for libraries that put it into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium

PLAIN = ("is_success", "action_mask")
"""Entries of ``info`` that are numbers of a fixed shape, present at every step."""


class PlainInfos(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Keeps only some entries of ``info``: numbers, which can be batched.

    Tianshou stores every entry of ``info`` in one array for all steps. ``checklist`` (one entry per
    edit) and ``reward_terms`` (empty after a reset) do not fit into one.

    Args:
        env: an environment of this package, wrapped or not.
        keys: the entries to keep, if present.

    >>> import gymnasium, editenv
    >>> env = PlainInfos(gymnasium.make("ImageEdit-Direct-v0"))
    >>> sorted(env.reset(seed=0)[1])
    ['action_mask', 'is_success']
    """

    def __init__(self, env: gymnasium.Env[Any, Any], keys: Sequence[str] = PLAIN) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self, keys=keys)
        super().__init__(env)
        self._keys = tuple(keys)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode, as the wrapped environment does."""
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, self._plain(info)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Carry out one call, as the wrapped environment does."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated, truncated, self._plain(info)

    def _plain(self, info: dict[str, Any]) -> dict[str, Any]:
        return {key: info[key] for key in self._keys if key in info}
