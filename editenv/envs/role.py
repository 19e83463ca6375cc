"""One role as a Gymnasium environment: the rest of the team is part of the world."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction

from editenv.agents.roles import ROLES
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.members import Members, make_rounds


class ImageEditRoleEnv(gymnasium.Env[dict[str, np.ndarray], Any]):
    """Learn one role of the team, turn by turn.

    The observation is the role's in ``image_edit_v0``, without the nesting: the entries of
    ``ImageEditEnv``'s, ``round``, and ``before`` for the critic. The action space is the role's.
    The reward is the agent's (``reward=``, the team's by default), from one turn of the role to the
    next; what the others bring before its first turn comes with its first step. The mask is in
    ``info["action_mask"]`` and from ``action_masks()``.

    Args:
        role: which one is learned.
        env_id: a registered id, whose tasks, tools and limits are taken.
        agents: the others, as in ``image_edit_v0``.
        arguments: ``reward``, ``terms``, ``subjects``, ``max_cycles``, ``max_calls``, and those of
            ``ImageEditEnv``.

    Raises:
        ValueError: an unknown role, id, agent or argument's value.

    >>> env = ImageEditRoleEnv("critic", "ImageEdit-Direct-v0")
    >>> observation, info = env.reset(seed=0)
    >>> observation["before"].shape, env.action_space
    ((128, 128, 3), Discrete(3))
    """

    metadata: ClassVar[dict[str, Any]] = ImageEditEnv.metadata

    def __init__(
        self,
        role: str,
        env_id: str = "ImageEdit-v0",
        *,
        agents: Members = "scripted",
        **arguments: Any,
    ) -> None:
        if role not in ROLES:
            raise ValueError(f"role={role!r} is unknown: choose from {ROLES}")
        self.rounds = make_rounds(env_id, learned=(role,), agents=agents, **arguments)
        self.role = role
        if len(self.rounds.learned) != 1:
            raise ValueError(f"team has {self.rounds.learned}: one environment learns one agent")
        self._agent = self.rounds.learned[0]
        self.render_mode = self.rounds.base.render_mode
        self.action_space = self.rounds.interface.action_spaces[role]
        nested = self.rounds.interface.observation_spaces[role]["observation"]
        assert isinstance(nested, spaces.Dict)
        self.observation_space: gymnasium.Space[Any] = nested

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start an episode and play up to the role's first turn; see ``ImageEditEnv.reset``."""
        super().reset(seed=seed)
        self.rounds.reset(seed, options)
        self.rounds.start_turns()
        return self._observe(), self._info({})

    def step(self, action: Any) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Let the role decide and play up to its next turn.

        Raises:
            InvalidAction: the action is not in the action space.
            RuntimeError: before the first reset.
        """
        self._check_begun()
        if not self.action_space.contains(action):
            raise InvalidAction(f"action={action!r} is not in {self.action_space}")
        rounds = self.rounds
        if not rounds.over:
            rounds.take_turn(action)
        terms = rounds.take_rewards()[self._agent]
        reward = float(sum(terms.values()))
        return self._observe(), reward, rounds.terminated, rounds.truncated, self._info(terms)

    def action_masks(self) -> np.ndarray:
        """Which numbers may be valid now, bool, (n,) or (sum(nvec),).

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        mask = self.rounds.mask(self._agent)
        if mask is None:
            return np.ones(sum(self.rounds.vocabulary.nvec), bool)
        return mask.astype(bool)

    def _check_begun(self) -> None:
        if not self.rounds.begun:
            raise RuntimeError("call reset() first: there is no task yet")

    def _observe(self) -> dict[str, np.ndarray]:
        return self.rounds.observe(self._agent)

    def _info(self, terms: dict[str, float]) -> dict[str, Any]:
        return {**self.rounds.info(terms), "action_mask": self.action_masks().astype(np.int8)}

    def render(self) -> Any:
        """Render as ``ImageEditEnv`` does."""
        return self.rounds.base.render()

    def close(self) -> None:
        """Close the window, and what was built from names: models and connections."""
        self.rounds.close()
