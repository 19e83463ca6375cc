"""From ``"chat:MODEL"`` to a member."""

from __future__ import annotations

from editenv.agents.roles import Agent
from editenv.models.members.critic import ChatCritic
from editenv.models.members.interpreter import ChatInterpreter

CHAT_ROLES = {"interpreter": ChatInterpreter, "critic": ChatCritic}
"""Who plays a role with a chat model."""


def make_chat_member(model: str, role: str) -> Agent:
    """Build a member that asks a chat model.

    Args:
        model: as in ``editenv.models.chat.make_chat_model``.
        role: ``"interpreter"`` or ``"critic"``.

    Raises:
        ValueError: another role, or a bad model.
    """
    if role not in CHAT_ROLES:
        raise ValueError(f"role={role!r} is not played by a chat model: one of {[*CHAT_ROLES]} is")
    return CHAT_ROLES[role](model)
