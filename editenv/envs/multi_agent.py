"""PettingZoo environments: the team's rounds, turn by turn and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
from pettingzoo import AECEnv, ParallelEnv

from editenv.agents import ROLES
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.members import Member, make_rounds

METADATA: dict[str, Any] = {
    **ImageEditEnv.metadata,
    "name": "image_edit_v0",
    "is_parallelizable": False,
}


def name_of(role: str) -> str:
    """The agent that plays a role."""
    return f"{role}_0"


class _TeamEnv:
    """What turn by turn and all at once have in common: members, spaces, rendering."""

    metadata: ClassVar[dict[str, Any]] = METADATA

    def __init__(
        self,
        env_id: str = "ImageEdit-v0",
        *,
        learned: Sequence[str] = ROLES,
        members: str | Mapping[str, Member] = "scripted",
        **arguments: Any,
    ) -> None:
        super().__init__()
        self.rounds = make_rounds(env_id, learned, members, arguments)
        self.render_mode = self.rounds.base.render_mode
        self._roles = {name_of(role): role for role in self.rounds.learned}
        self.possible_agents = list(self._roles)
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        return self.rounds.observation_spaces[self._roles[agent]]

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        return self.rounds.action_spaces[self._roles[agent]]

    def _infos(self) -> dict[str, dict[str, Any]]:
        return {agent: self.rounds.info_for(self._roles[agent]) for agent in self.agents}

    def render(self) -> Any:
        """Render as ``ImageEditEnv`` does."""
        return self.rounds.base.render()

    def close(self) -> None:
        """Close the window, if there is one."""
        self.rounds.base.close()


class ImageEditAECEnv(_TeamEnv, AECEnv):
    """Turn by turn: each agent sees what those before it decided. See ``image_edit_v0``."""

    def observe(self, agent: str) -> dict[str, Any]:
        """Return what an agent sees now."""
        return self.rounds.observe(self._roles[agent])

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Start an episode; arguments as in ``ImageEditEnv.reset``."""
        self.rounds.reset(seed, options)
        self.agents = list(self.possible_agents)
        self.rounds.start_turns()
        # Frozen members may have acted already: what that brought comes with the first step.
        self._share(0.0)
        self._cumulative_rewards = dict(self.rewards)

    def step(self, action: Any) -> None:
        """Let the selected agent decide."""
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0.0
        self.rounds.take_turn(action)
        self._share(self.rounds.take_reward())
        self._accumulate_rewards()

    def _share(self, reward: float) -> None:
        rounds = self.rounds
        self.rewards = dict.fromkeys(self.agents, reward)
        self.terminations = dict.fromkeys(self.agents, rounds.terminated)
        self.truncations = dict.fromkeys(self.agents, rounds.truncated)
        self.infos = self._infos()
        acting = name_of(rounds.role)
        self.agent_selection = acting if acting in self.agents else self.agents[0]


class ImageEditParallelEnv(_TeamEnv, ParallelEnv):
    """All at once: everyone acts on the state that the last round left. See ``image_edit_v0``."""

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; arguments as in ``ImageEditEnv.reset``."""
        self.rounds.reset(seed, options)
        self.agents = list(self.possible_agents)
        return self._observations(), self._infos()

    def step(self, actions: Mapping[str, Any]) -> tuple[Any, Any, Any, Any, Any]:
        """Let everyone decide; a frozen member decides in its turn."""
        rounds = self.rounds
        for role in ROLES:
            if rounds.over:
                break
            if role in rounds.learned:
                rounds.act(role, actions.get(name_of(role)))
            else:
                rounds.act_frozen(role)
        rounds.begin_round()
        result = (
            self._observations(),
            dict.fromkeys(self.agents, rounds.take_reward()),
            dict.fromkeys(self.agents, rounds.terminated),
            dict.fromkeys(self.agents, rounds.truncated),
            self._infos(),
        )
        if rounds.over:
            self.agents = []
        return result

    def _observations(self) -> dict[str, Any]:
        return {agent: self.rounds.observe(self._roles[agent]) for agent in self.agents}
