# pyright: basic
"""PettingZoo environments: the team's rounds, turn by turn and all at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import gymnasium
import numpy as np
from pettingzoo import AECEnv, ParallelEnv

from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.members import make_rounds
from editenv.envs.uniform import make_uniform

METADATA: dict[str, Any] = {
    **ImageEditEnv.metadata,
    "name": "image_edit_v0",
    "is_parallelizable": False,
}


class _TeamEnv:
    """What turn by turn and all at once have in common: members, spaces, rendering."""

    metadata: ClassVar[dict[str, Any]] = METADATA

    def __init__(
        self,
        env_id: str = "ImageEdit-v0",
        *,
        uniform_spaces: bool | str = False,
        **arguments: Any,
    ) -> None:
        super().__init__()
        self.rounds = make_rounds(env_id, **arguments)
        self.uniform = make_uniform(uniform_spaces, self.rounds.interface)
        self.render_mode = self.rounds.base.render_mode
        self.possible_agents = list(self.rounds.learned)
        self.agents: list[str] = []

    def role_of(self, agent: str) -> str:
        """The role that an agent plays."""
        return self.rounds.roster.role_of[agent]

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        if self.uniform is not None:
            return self.uniform.observation_space
        return self.rounds.interface.observation_spaces[self.role_of(agent)]

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        if self.uniform is not None:
            return self.uniform.action_space
        return self.rounds.interface.action_spaces[self.role_of(agent)]

    def action_mask(self, agent: str) -> np.ndarray | None:
        """The actions that an agent may take now, (n,) int8; None if all are allowed.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        mask = self.rounds.mask(agent)
        if self.uniform is None:
            return mask
        return self.uniform.mask(self.role_of(agent), mask, self.rounds.view.regions)

    def _observe(self, agent: str) -> dict[str, Any]:
        self._check_begun()
        seen = self.rounds.observe(agent)
        mask = self.action_mask(agent)
        if mask is None:
            return {"observation": seen}
        if self.uniform is None:
            return {"observation": seen, "action_mask": mask}
        return self.uniform.pad(self.role_of(agent), seen, mask)

    def _info(self, agent: str, terms: dict[str, float]) -> dict[str, Any]:
        info = self.rounds.info(terms)
        mask = self.action_mask(agent)
        return info if mask is None else {**info, "action_mask": mask}

    def _to_role(self, agent: str, action: Any) -> Any:
        if self.uniform is None:
            return action
        return self.uniform.to_role(self.role_of(agent), action, self.rounds.view.regions)

    @cached_property
    def state_space(self) -> gymnasium.spaces.Box:
        """The space of ``state()``; built on first use."""
        space = gymnasium.spaces.flatten_space(self._whole_space)
        assert isinstance(space, gymnasium.spaces.Box)
        return space

    @property
    def _whole_space(self) -> gymnasium.Space[Any]:
        return self.rounds.interface.observation_spaces["critic"]["observation"]  # type: ignore[index]

    def state(self) -> np.ndarray:
        """Return everything that any agent sees now, flat, for a central critic.

        This is the critic's observation, which includes everyone's, flattened by
        ``gymnasium.spaces.flatten``. It does not contain the task's ground truth.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        seen = self.rounds.observe(self.rounds.acting("critic"))
        flat: Any = gymnasium.spaces.flatten(self._whole_space, seen)
        return flat

    def _check_begun(self) -> None:
        if not self.rounds.begun:
            raise RuntimeError("call reset() first: there is no task yet")

    def render(self) -> Any:
        """Render as ``ImageEditEnv`` does."""
        return self.rounds.base.render()

    def close(self) -> None:
        """Close the window, and models and connections that were built from names."""
        self.rounds.close()


class ImageEditAECEnv(_TeamEnv, AECEnv):
    """Turn by turn: each agent sees the decisions of those before it. See ``image_edit_v0``."""

    def observe(self, agent: str) -> dict[str, Any]:
        """Return what an agent sees now."""
        return self._observe(agent)

    def last(self, observe: bool = True) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Return what the selected agent sees, its reward, flags and ``info``.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        return super().last(observe)

    def agent_iter(self, max_iter: int = 2**63) -> Any:
        """Iterate over the agents in turn, at most ``max_iter`` times.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        return super().agent_iter(max_iter)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Start an episode; arguments as in ``ImageEditEnv.reset``."""
        self.rounds.reset(seed, options)
        self.agents = list(self.possible_agents)
        self._terms: dict[str, dict[str, float]] = {agent: {} for agent in self.agents}
        self.rounds.start_turns()
        self.infos = {agent: self._info(agent, {}) for agent in self.agents}
        # Frozen members may have acted already: what that brought comes with the first step, or
        # now where they have ended the episode.
        self._pay(self.rounds.take_rewards() if self.rounds.over else self._terms)
        self._cumulative_rewards = dict(self.rewards)

    def step(self, action: Any) -> None:
        """Let the selected agent decide.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0.0
        self._terms[agent] = {}
        self.rounds.take_turn(self._to_role(agent, action))
        self._pay(self.rounds.take_rewards())
        self._accumulate_rewards()

    def _pay(self, earned: dict[str, dict[str, float]]) -> None:
        """Hand out rewards and select who is next; only that agent's ``info`` is made anew."""
        rounds = self.rounds
        self.rewards = dict.fromkeys(self.agents, 0.0)
        for agent in self.agents:
            if earned[agent]:
                self.rewards[agent] = float(sum(earned[agent].values()))
                self._terms[agent] = _added(self._terms[agent], earned[agent])
        self.terminations = dict.fromkeys(self.agents, rounds.terminated)
        self.truncations = dict.fromkeys(self.agents, rounds.truncated)
        self.agent_selection = self.agents[0] if rounds.over else rounds.agent
        for agent in self.agents if rounds.over else [self.agent_selection]:
            self.infos[agent] = self._info(agent, self._terms[agent])


def _added(terms: dict[str, float], more: dict[str, float]) -> dict[str, float]:
    return {name: terms.get(name, 0.0) + more.get(name, 0.0) for name in {**terms, **more}}


class ImageEditParallelEnv(_TeamEnv, ParallelEnv):
    """All at once: all agents act on the state after the last round. See ``image_edit_v0``."""

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; arguments as in ``ImageEditEnv.reset``."""
        self.rounds.reset(seed, options)
        self.agents = list(self.possible_agents)
        return self._observations(), {agent: self._info(agent, {}) for agent in self.agents}

    def step(self, actions: Mapping[str, Any]) -> tuple[Any, Any, Any, Any, Any]:
        """Let all agents decide; a frozen member decides in its turn.

        Raises:
            RuntimeError: before the first reset.
        """
        self._check_begun()
        rounds = self.rounds
        # All actions are about what everyone saw, also where a tool changes the regions.
        rounds.act_together(
            {agent: self._to_role(agent, actions.get(agent)) for agent in self.agents}
        )
        earned = rounds.take_rewards()
        result = (
            self._observations(),
            {agent: float(sum(earned[agent].values())) for agent in self.agents},
            dict.fromkeys(self.agents, rounds.terminated),
            dict.fromkeys(self.agents, rounds.truncated),
            {agent: self._info(agent, earned[agent]) for agent in self.agents},
        )
        if rounds.over:
            self.agents = []
        return result

    def _observations(self) -> dict[str, Any]:
        return {agent: self._observe(agent) for agent in self.agents}
