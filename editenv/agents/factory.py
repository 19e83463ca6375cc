"""From ``"chat:MODEL"`` and the like to a member of a team.

A new kind is a file and a line here.
"""

from __future__ import annotations

from editenv import entry_points
from editenv.agents.roles import Agent, NumericAgent
from editenv.entry_points import EntryPoint

MEMBER_KINDS: dict[str, EntryPoint] = {
    "chat": "editenv.models.members.chat:make_chat_member",
    "detector": "editenv.models.members.detecting:make_detecting_member",
    "sb3": "editenv.models.members.sb3:make_sb3_member",
}
"""By prefix, as in ``"sb3:PATH"``: what builds a member from the rest and its role."""


def register_member(kind: str, entry_point: EntryPoint) -> None:
    """Add a kind of member that ``agents={ROLE: "KIND:WHERE"}`` then builds.

    Args:
        kind: what stands before the colon.
        entry_point: ``"module:function"`` or a function, from WHERE and the role to an ``Agent`` or
            a ``NumericAgent``.

    Raises:
        ValueError: see ``editenv.entry_points.register``.
    """
    entry_points.register(MEMBER_KINDS, kind, entry_point)


def is_member(name: str) -> bool:
    """Whether a name has one of the prefixes and something behind it."""
    kind, _, where = name.partition(":")
    return bool(where) and kind in MEMBER_KINDS


def make_member(name: str, role: str) -> Agent | NumericAgent:
    """Build a member of a team.

    Args:
        name: ``"chat:MODEL"`` (an interpreter or a critic; the model as in
            ``editenv.models.chat.make_chat_model``), ``"detector:FOLDER"`` (a grounder) or
            ``"sb3:PATH"`` (a trained policy, any role).
        role: what it is to do.

    Raises:
        ValueError: an unknown name, a role that the kind does not play, or a model that cannot be
            read.
        gymnasium.error.DependencyNotInstalled: the kind's packages are missing.
    """
    kind, _, where = name.partition(":")
    if not is_member(name):
        raise ValueError(f"{name!r} is no member: give {[f'{k}:...' for k in MEMBER_KINDS]}")
    return entry_points.load(MEMBER_KINDS[kind])(where, role)
