"""Episodes as plain values, from which every process finds the same picture and reward."""

from __future__ import annotations

from functools import cache

import verifiers.v1 as vf
from pydantic import BaseModel, ConfigDict, Field

from editenv.text import EditSession, EditSessions, ImageEditTextEnv

HAND_IN = "hand_in"
Call = tuple[str, str, str]
"""Action, subject and goal; the action ``hand_in`` has neither of the others."""


class Source(BaseModel):
    """Where tasks come from, and how they are paid.

    Attributes:
        tasks: registered id or task source.
        split: of the source.
        image_size: pixels a side.
        max_calls: edits of an episode; the last one hands the picture in.
        reward: a preset.
    """

    model_config = ConfigDict(frozen=True)

    tasks: str = "ImageEdit-v0"
    split: str = "train"
    image_size: int = 224
    max_calls: int = 16
    reward: str = "outcome"


class EditState(vf.State):
    """What a rollout has done so far; tools write it, the reward reads it.

    Attributes:
        index: of the task.
        calls: those that counted.
        over: whether no further call can count.
    """

    index: int = 0
    calls: list[Call] = Field(default_factory=list)
    over: bool = False


@cache
def sessions_of(source: Source) -> EditSessions:
    """Return the sessions of a source, made once in a process.

    Raises:
        ValueError: a wrong value, with the accepted ones.
    """
    env = ImageEditTextEnv(
        source.tasks,
        split=source.split,
        image_size=source.image_size,
        reward=source.reward,
        max_turns=source.max_calls,
    )
    return EditSessions(env)


def replay(source: Source, index: int, calls: list[Call]) -> EditSession:
    """Return an episode as its calls left it; edits that were made before are not made again.

    Raises:
        IndexError: a task that the source does not have.
    """
    session = sessions_of(source).start(index)
    for call in calls:
        make(session, call)
    return session


def make(session: EditSession, call: Call) -> str:
    """Make one call and return what came of it.

    Raises:
        ValueError: words that no edit can have.
        RuntimeError: the episode is over.
    """
    return session.hand_in() if call[0] == HAND_IN else session.edit(*call)
