"""Who sits in a team: the agents of each role, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from editenv.agents.roles import ROLES

Seats = int | Sequence[Sequence[str]]
"""A number of agents; for the editor also a list of the tools that each one owns."""


def name_of(role: str, number: int = 0) -> str:
    """The agent that has a role, as PettingZoo names agents."""
    return f"{role}_{number}"


class Roster:
    """The agents of a team, in the order of a round.

    Agents of one role take turns, a round each. Editors that own tools do not: the one that owns
    the tool of the round acts, so that the selector chooses the editor with the tool.

    Args:
        team: by role, how many agents there are (1 where it is left out), or for ``"editor"`` the
            names of the tools that each one owns, such as ``[["recolour"], ["blur", "remove"]]``.
        tools: names of all tools.

    Raises:
        ValueError: an unknown role, fewer than one agent, or tools that are not shared out so that
            each has exactly one owner.

    Attributes:
        agents: all names, in the order of a round.
        role_of: the role by name.
    """

    def __init__(self, team: Mapping[str, Seats], tools: Sequence[str]) -> None:
        if not isinstance(team, Mapping):
            raise ValueError(f"team={team!r} must be a mapping with some of {ROLES}")
        for role, seats in team.items():
            if role not in ROLES:
                raise ValueError(f"team has no role {role!r}: choose from {ROLES}")
            if not isinstance(seats, int) and role != "editor":
                raise ValueError(
                    f"team[{role!r}]={seats!r} must be a number: only editors own tools"
                )
        self._owner: dict[str, str] = {}
        self._seats = {role: self._names(role, team.get(role, 1)) for role in ROLES}
        if self._owner and set(self._owner) != set(tools):
            wrong = sorted(set(tools) ^ set(self._owner))
            raise ValueError(f"team['editor'] must own each of {tools} once: wrong are {wrong}")
        self.role_of = {agent: role for role, names in self._seats.items() for agent in names}
        self.agents = tuple(self.role_of)

    def _names(self, role: str, seats: Seats) -> tuple[str, ...]:
        if not isinstance(seats, int) and not _are_lists(seats):
            raise ValueError(
                f"team[{role!r}]={seats!r} must be a number, or a list of lists of tools' names"
            )
        count = seats if isinstance(seats, int) else len(seats)
        if isinstance(seats, bool) or count < 1:
            raise ValueError(f"team[{role!r}]={seats!r} must have at least one agent")
        names = tuple(name_of(role, number) for number in range(count))
        for agent, owned in zip(names, seats if not isinstance(seats, int) else (), strict=False):
            for tool in owned:
                if tool in self._owner:
                    raise ValueError(f"team['editor'] gives {tool!r} to two editors")
                self._owner[tool] = agent
        return names

    def acting(self, role: str, cycle: int, tool: str | None = None) -> str:
        """The agent that decides for a role.

        Args:
            role: whose turn it is.
            cycle: number of the round, from 0.
            tool: the selector's decision of this round.
        """
        names = self._seats[role]
        if role == "editor" and tool is not None and tool in self._owner:
            return self._owner[tool]
        return names[cycle % len(names)]

    def owned(self, agent: str) -> tuple[str, ...] | None:
        """Names of the tools that an agent owns; None where tools have no owners."""
        if not self._owner:
            return None
        return tuple(tool for tool, owner in self._owner.items() if owner == agent)

    def resolve(self, names: Sequence[str], argument: str) -> tuple[str, ...]:
        """Turn roles and agents' names into agents' names, in the order of a round.

        Raises:
            ValueError: a name that is neither.
        """
        wanted: set[str] = set()
        for name in names:
            if name in self._seats:
                wanted.update(self._seats[name])
            elif name in self.role_of:
                wanted.add(name)
            else:
                accepted = (*ROLES, *self.agents)
                raise ValueError(f"{argument}: {name!r} is unknown: choose from {accepted}")
        return tuple(agent for agent in self.agents if agent in wanted)


def _are_lists(seats: Any) -> bool:
    """Whether each editor gets a collection of names."""
    return isinstance(seats, Sequence) and all(map(_are_names, cast(Sequence[Any], seats)))


def _are_names(owned: Any) -> bool:
    if not isinstance(owned, Collection) or isinstance(owned, str):
        return False
    return all(isinstance(tool, str) for tool in cast(Collection[Any], owned))
