# pyright: basic
"""Wrappers for the team's PettingZoo environments. Needs the extra ``team``.

``flat_observations`` and ``plain_infos`` take either kind, ``image_edit_v0.env`` or
``image_edit_v0.parallel_env``, and return the same kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
from gymnasium import spaces

from editenv.optional import import_optional
from editenv.wrappers.flattening import PICTURE_SIDE, Flattening

pettingzoo: Any = import_optional("pettingzoo", "pettingzoo", "a wrapper of the team")

from pettingzoo.utils.wrappers import BaseParallelWrapper, BaseWrapper  # noqa: E402

MASK = "action_mask"
PLAIN = ("illegal", "is_success")
"""Entries of ``info`` that are numbers and there at every step; the mask is in the observation."""


def flat_observations(
    env: Any,
    keys: Sequence[str] | None = None,
    picture_side: int = PICTURE_SIDE,
    mask: bool = True,
) -> Any:
    """Give every agent one ``Box`` of shape (N,), float32, as ``FlatObservation`` does.

    With ``uniform_spaces="flat"`` or ``True`` all agents have the same N. Make the environment
    with ``instruction_format="pooled"``.

    Args:
        env: an AEC or a parallel environment of ``image_edit_v0``.
        keys: which entries, in this order; None for all, without the mask.
        picture_side: side of the shrunk pictures in pixels, at least 1.
        mask: whether the observation is ``{"observation": Box, "action_mask": ...}``, or the
            ``Box`` alone. The mask is in ``infos`` in both cases.

    Raises:
        TypeError: not one of these environments.
        ValueError: an unknown key, or a side below 1.

    >>> from editenv import image_edit_v0
    >>> env = image_edit_v0.parallel_env(uniform_spaces="flat", instruction_format="pooled")
    >>> env = flat_observations(env, ["role", "instruction", "regions"], mask=False)
    >>> env.observation_space("critic_0").shape
    (321,)
    """
    kinds = {"aec": FlatAECObservations, "parallel": FlatParallelObservations}
    return kinds[_kind(env)](env, keys, picture_side, mask)


def plain_infos(env: Any, keys: Sequence[str] = PLAIN) -> Any:
    """Keep only some entries of every agent's ``info``: numbers, which can be batched.

    TorchRL turns every entry of ``info`` into a tensor. That fails for strings (``instruction``)
    and for entries whose shape differs from step to step (``reward_terms``).

    Args:
        env: an AEC or a parallel environment of ``image_edit_v0``.
        keys: the entries to keep, if present. TorchRL also takes a mask from ``info``
            (``"action_mask"``), but not from both places.

    Raises:
        TypeError: not one of these environments.

    >>> from editenv import image_edit_v0
    >>> env = plain_infos(image_edit_v0.parallel_env())
    >>> sorted(env.reset(seed=0)[1]["critic_0"])
    ['illegal', 'is_success']
    """
    kinds = {"aec": PlainAECInfos, "parallel": PlainParallelInfos}
    return kinds[_kind(env)](env, keys)


def _kind(env: Any) -> str:
    if isinstance(env, pettingzoo.AECEnv):
        return "aec"
    if isinstance(env, pettingzoo.ParallelEnv):
        return "parallel"
    raise TypeError(f"env={env!r} is neither a PettingZoo AECEnv nor a ParallelEnv")


class _AgentFlattening:
    """The flat observation of every agent.

    Args:
        env: whose agents.
        keys: which entries; None for all but the mask.
        picture_side: side of the shrunk pictures in pixels.
        mask: whether the mask is returned beside the ``Box``.
    """

    def __init__(self, env: Any, keys: Sequence[str] | None, picture_side: int, mask: bool) -> None:
        self._mask = mask
        self._flat: dict[str, Flattening] = {}
        self.spaces: dict[str, gymnasium.Space[Any]] = {}
        made: dict[int, tuple[Flattening, gymnasium.Space[Any]]] = {}
        for agent in env.possible_agents:
            space = env.observation_space(agent)
            # Agents that shared a space object still do: some libraries compare them so.
            if id(space) not in made:
                made[id(space)] = self._build(space, keys, picture_side)
            self._flat[agent], self.spaces[agent] = made[id(space)]

    def _build(
        self, space: spaces.Dict, keys: Sequence[str] | None, picture_side: int
    ) -> tuple[Flattening, gymnasium.Space[Any]]:
        entries = _entries(space.spaces)
        chosen = [key for key in entries if key != MASK] if keys is None else keys
        flat = Flattening(spaces.Dict(entries), chosen, picture_side)
        if self._mask and MASK in space.spaces:
            return flat, spaces.Dict({"observation": flat.space, MASK: space[MASK]})
        return flat, flat.space

    def observe(self, agent: str, seen: dict[str, Any]) -> Any:
        """Flatten what an agent sees."""
        row = self._flat[agent](_entries(seen))
        return {"observation": row, MASK: seen[MASK]} if self._mask and MASK in seen else row


def _entries(seen: Any) -> dict[str, Any]:
    """The entries of an observation, or of its space, whether nested or not."""
    return dict(seen["observation"]) if "observation" in seen else dict(seen)


class FlatAECObservations(BaseWrapper):
    """``flat_observations`` of ``image_edit_v0.env``."""

    def __init__(self, env: Any, keys: Sequence[str] | None, picture_side: int, mask: bool) -> None:
        super().__init__(env)
        self._flattening = _AgentFlattening(env, keys, picture_side, mask)

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        return self._flattening.spaces[agent]

    def observe(self, agent: str) -> Any:
        """Return what an agent sees now."""
        seen: Any = self.env.observe(agent)
        return self._flattening.observe(agent, seen)


class FlatParallelObservations(BaseParallelWrapper):
    """``flat_observations`` of ``image_edit_v0.parallel_env``."""

    def __init__(self, env: Any, keys: Sequence[str] | None, picture_side: int, mask: bool) -> None:
        super().__init__(env)
        self._flattening = _AgentFlattening(env, keys, picture_side, mask)

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        return self._flattening.spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode, as the wrapped environment does."""
        seen, infos = self.env.reset(seed=seed, options=options)
        return self._observe(seen), infos

    def step(self, actions: dict[str, Any]) -> tuple[Any, Any, Any, Any, Any]:
        """Let everyone decide, as in the wrapped environment."""
        seen, rewards, terminated, truncated, infos = self.env.step(actions)
        return self._observe(seen), rewards, terminated, truncated, infos

    def _observe(self, seen: dict[str, Any]) -> dict[str, Any]:
        return {agent: self._flattening.observe(agent, each) for agent, each in seen.items()}


class PlainAECInfos(BaseWrapper):
    """``plain_infos`` of ``image_edit_v0.env``."""

    def __init__(self, env: Any, keys: Sequence[str]) -> None:
        super().__init__(env)
        self._keys = tuple(keys)

    @property
    def infos(self) -> dict[str, dict[str, Any]]:
        """The kept entries of ``info``, by agent."""
        return _plain(self.env.infos, self._keys)


class PlainParallelInfos(BaseParallelWrapper):
    """``plain_infos`` of ``image_edit_v0.parallel_env``."""

    def __init__(self, env: Any, keys: Sequence[str]) -> None:
        super().__init__(env)
        self._keys = tuple(keys)

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode, as the wrapped environment does."""
        seen, infos = self.env.reset(seed=seed, options=options)
        return seen, _plain(infos, self._keys)

    def step(self, actions: dict[str, Any]) -> tuple[Any, Any, Any, Any, Any]:
        """Let everyone decide, as in the wrapped environment."""
        seen, rewards, terminated, truncated, infos = self.env.step(actions)
        return seen, rewards, terminated, truncated, _plain(infos, self._keys)


def _plain(infos: dict[str, dict[str, Any]], keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {agent: {key: info[key] for key in keys if key in info} for agent, info in infos.items()}
