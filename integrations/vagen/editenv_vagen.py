"""editenv for VAGEN: the asynchronous methods of its ``GymImageEnv``.

VAGEN's rollouts call ``system_prompt``, ``reset``, ``step`` and ``close`` of a class that its
registry names; they don't ask for a base class, so that nothing of VAGEN is imported here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

from PIL import Image

from editenv.text import EditSession, EditSessions, ImageEditTextEnv

PICTURE = "<image>"
"""Where VAGEN puts a picture into a text."""

PLACEHOLDERS = (PICTURE, "<video>")
"""What no other text may hold: VAGEN counts them."""

DEFAULTS: dict[str, Any] = {"max_turns": 4}
"""Of ``ImageEditTextEnv``, where the configuration says nothing else."""

Observation = dict[str, Any]


class ImageEdit:
    """A picture and an instruction; the model answers in words, in up to ``max_turns`` turns.

    Args:
        env_config: the arguments of ``ImageEditTextEnv`` (``tasks``, ``split``, ``image_size``,
            ``reward``, ``max_turns``, ...), all plain values. VAGEN's own ``max_turns`` should be
            the same number.

    Raises:
        ValueError: a wrong value, by name, with the accepted ones.
        TypeError: an unknown name.
    """

    def __init__(self, env_config: Mapping[str, Any]) -> None:
        self.config = {**DEFAULTS, **env_config}
        with _making:
            self._sessions = _sessions_of(json.dumps(self.config, sort_keys=True))
        self._session: EditSession | None = None

    async def system_prompt(self) -> Observation:
        """Return the rules: every action with its goals, and the format of an answer."""
        return {"obs_str": _plain(self._sessions.env.system_prompt)}

    async def reset(self, seed: int) -> tuple[Observation, dict[str, Any]]:
        """Start a task.

        Args:
            seed: number of the task in the source, counted around where the source is finite.
                Rollouts of a group have the same one, and so the same picture.

        Returns:
            Observation and info.
        """
        source = self._sessions.env.tasks
        index = seed % len(source) if hasattr(source, "__len__") else seed  # type: ignore[arg-type]
        self._session = await asyncio.to_thread(self._sessions.start, index)
        return _observe(self._session, self._session.instruction), _info(self._session)

    async def step(self, action_str: str) -> tuple[Observation, float, bool, dict[str, Any]]:
        """Take an answer.

        Args:
            action_str: what the model wrote; anything malformed changes nothing.

        Returns:
            Observation, reward (what the answer added), whether the episode is over, and info:
            ``success``, and what ``ImageEditTextEnv`` says. Where a tool failed, the reward is 0
            and ``info["failure"]`` says why.

        Raises:
            RuntimeError: before a reset, or after the end.
        """
        if self._session is None:
            raise RuntimeError("call reset() first: there is no task yet")
        session = self._session
        text = await asyncio.to_thread(session.answer, action_str)
        return _observe(session, text), session.last_reward, not session.is_open, _info(session)

    async def close(self) -> None:
        """Forget the episode; what others share stays."""
        self._session = None


_making = Lock()


@cache
def _sessions_of(config: str) -> EditSessions:
    return EditSessions(ImageEditTextEnv(**json.loads(config)))


def _observe(session: EditSession, text: str) -> Observation:
    picture = Image.fromarray(session.image.copy())
    return {
        "obs_str": f"{PICTURE}\n{_plain(text)}",
        "multi_modal_input": {PICTURE: [picture]},
    }


def _plain(text: str) -> str:
    for placeholder in PLACEHOLDERS:
        text = text.replace(placeholder, placeholder.strip("<>"))
    return text


def _info(session: EditSession) -> dict[str, Any]:
    info = session.info
    return {**info, "success": info["is_success"]}
