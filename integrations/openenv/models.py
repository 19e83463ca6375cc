"""What client and server send each other."""

from __future__ import annotations

from typing import Any

from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field

HAND_IN = "hand_in"
"""The action that ends an episode."""


class EditAction(Action):
    """One edit, or ``hand_in``."""

    action: str = Field(description="such as 'recolour'; 'hand_in' ends the episode")
    subject: str = Field(
        default="whole image",
        description="name of a thing in the picture, 'background' or 'whole image'",
    )
    goal: str = Field(default="", description="an option of the action; empty where there is one")


class EditObservation(Observation):
    """The picture as it is now, and what was done."""

    picture: str = Field(default="", description="base64 of a PNG file, RGB")
    text: str = Field(default="", description="the instruction, or what came of the last action")
    instruction: str = Field(default="", description="what the user wants")
    is_success: bool = Field(default=False, description="whether solved work was handed in")
    tools: list[dict[str, Any]] = Field(
        default_factory=list,
        description="after a reset: the actions as functions, in OpenAI's format",
    )


class EditState(State):
    """Where an episode stands; it tells nothing of the target."""

    tasks: str = Field(default="", description="registered id or task source")
    total_reward: float | None = Field(
        default=0.0, description="of all actions so far; None where a component failed"
    )
    done: bool = Field(default=False, description="whether the episode is over")
