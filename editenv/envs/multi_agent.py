"""PettingZoo environments: the team's rounds, turn by turn and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
from pettingzoo import AECEnv, ParallelEnv

from editenv.agents import ROLES, oracle_team, scripted_team
from editenv.agents.roles import Agent
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.rounds import Rounds

METADATA: dict[str, Any] = {
    **ImageEditEnv.metadata,
    "name": "image_edit_v0",
    "is_parallelizable": False,
}

TEAMS = {"scripted": scripted_team, "oracle": oracle_team}
"""By name: teams that frozen members can be taken from."""

Member = str | Agent


def name_of(role: str) -> str:
    """The agent that plays a role."""
    return f"{role}_0"


def make_rounds(
    env_id: str,
    learned: Sequence[str],
    members: str | Mapping[str, Member],
    arguments: dict[str, Any],
) -> Rounds:
    """Build the rounds with frozen members by name or as objects.

    Raises:
        ValueError: an unknown name.
    """
    if isinstance(members, str):
        members = dict.fromkeys((role for role in ROLES if role not in learned), members)
    built = {}
    for role, member in members.items():
        if isinstance(member, str):
            if member not in TEAMS:
                raise ValueError(f"members[{role!r}]={member!r}: choose from {list(TEAMS)}")
            member = getattr(TEAMS[member](), role, member)
        built[role] = member
    return Rounds(env_id, learned=learned, members=built, **arguments)


class ImageEditAECEnv(AECEnv):
    """Turn by turn: each agent sees what those before it decided. See ``image_edit_v0``."""

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

    def observation_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        return self.rounds.observation_spaces[self._roles[agent]]

    def action_space(self, agent: str) -> gymnasium.Space[Any]:
        """Return the agent's space, always the same object."""
        return self.rounds.action_spaces[self._roles[agent]]

    def observe(self, agent: str) -> dict[str, Any]:
        """Return what an agent sees now."""
        return self.rounds.observe(self._roles[agent])

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Start an episode; arguments as in ``ImageEditEnv.reset``."""
        self.rounds.reset(seed, options)
        self.agents = list(self.possible_agents)
        self._turn = 0
        self._play_frozen()
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
        self.rounds.act(self._roles[agent], action)
        self._next_turn()
        self._play_frozen()
        self._share(self.rounds.take_reward())
        self._accumulate_rewards()

    def _next_turn(self) -> None:
        self._turn = (self._turn + 1) % len(ROLES)
        if self._turn == 0 and not self.rounds.over:
            self.rounds.begin_round()
            self.rounds.forget_round()

    def _play_frozen(self) -> None:
        while not self.rounds.over and ROLES[self._turn] not in self.rounds.learned:
            self.rounds.act_frozen(ROLES[self._turn])
            self._next_turn()

    def _share(self, reward: float) -> None:
        rounds = self.rounds
        self.rewards = dict.fromkeys(self.agents, reward)
        self.terminations = dict.fromkeys(self.agents, rounds.terminated)
        self.truncations = dict.fromkeys(self.agents, rounds.truncated)
        self.infos = {agent: rounds.info_for(self._roles[agent]) for agent in self.agents}
        role = ROLES[self._turn]
        self.agent_selection = name_of(role) if role in rounds.learned else self.agents[0]

    def render(self) -> Any:
        """Render as ``ImageEditEnv`` does."""
        return self.rounds.base.render()

    def close(self) -> None:
        """Close the window, if there is one."""
        self.rounds.base.close()


class ImageEditParallelEnv(ParallelEnv):
    """All at once: everyone acts on the state that the last round left. See ``image_edit_v0``."""

    metadata: ClassVar[dict[str, Any]] = METADATA

    def __init__(
        self,
        env_id: str = "ImageEdit-v0",
        *,
        learned: Sequence[str] = ROLES,
        members: str | Mapping[str, Member] = "scripted",
        **arguments: Any,
    ) -> None:
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

    def _infos(self) -> dict[str, Any]:
        return {agent: self.rounds.info_for(self._roles[agent]) for agent in self.agents}

    def render(self) -> Any:
        """Render as ``ImageEditEnv`` does."""
        return self.rounds.base.render()

    def close(self) -> None:
        """Close the window, if there is one."""
        self.rounds.base.close()
