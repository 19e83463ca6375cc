"""What the server's environment variables say, and the sessions that all clients share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from threading import Lock

from editenv.text import EditSessions, ImageEditTextEnv


@dataclass(frozen=True)
class Settings:
    """Arguments of ``ImageEditTextEnv``, each with an environment variable.

    Attributes:
        tasks: ``EDITENV_TASKS``, a registered id or a task source.
        split: ``EDITENV_SPLIT``, where ``reset`` names none.
        image_size: ``EDITENV_IMAGE_SIZE``, pixels a side.
        reward: ``EDITENV_REWARD``, a preset.
        max_calls: ``EDITENV_MAX_CALLS``, edits of an episode.
    """

    tasks: str = "ImageEdit-v0"
    split: str = "train"
    image_size: int = 224
    reward: str = "outcome"
    max_calls: int = 16

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the environment variables.

        Raises:
            ValueError: a number that is none, by the name of its variable.
        """
        return cls(
            tasks=os.environ.get("EDITENV_TASKS", cls.tasks),
            split=os.environ.get("EDITENV_SPLIT", cls.split),
            image_size=_number("EDITENV_IMAGE_SIZE", cls.image_size),
            reward=os.environ.get("EDITENV_REWARD", cls.reward),
            max_calls=_number("EDITENV_MAX_CALLS", cls.max_calls),
        )


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal():
        raise ValueError(f"{name}={value!r} must be a whole number")
    return int(value)


_making = Lock()


def sessions_of(settings: Settings, split: str) -> EditSessions:
    """Return the sessions of a split, which are made once in a process.

    Raises:
        ValueError: a wrong setting or split, with the accepted values.
    """
    with _making:
        return _made(settings, split)


@cache
def _made(settings: Settings, split: str) -> EditSessions:
    env = ImageEditTextEnv(
        settings.tasks,
        split=split,
        image_size=settings.image_size,
        reward=settings.reward,
        max_turns=settings.max_calls,
    )
    return EditSessions(env)
