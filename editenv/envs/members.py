"""Frozen members by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from editenv.agents import ROLES, oracle_team, scripted_team
from editenv.agents.roles import Agent
from editenv.envs.rounds import Rounds

TEAMS = {"scripted": scripted_team, "oracle": oracle_team}
"""By name: teams that frozen members can be taken from."""

Member = str | Agent


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
