"""One session of a client: ``reset`` and ``step``, or MCP tools, on the same episode."""

from __future__ import annotations

import base64
import io
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from openenv.core.env_server.mcp_environment import MCPEnvironment
from openenv.core.env_server.types import EnvironmentMetadata
from PIL import Image as Pillow

from editenv.text import EditSession, signatures_of

try:
    from ..models import HAND_IN, EditAction, EditObservation, EditState
    from .settings import Settings, sessions_of
    from .tools import content, make_server
except ImportError:  # started as server.app in this folder, as OpenEnv's images do
    from models import HAND_IN, EditAction, EditObservation, EditState
    from server.settings import Settings, sessions_of
    from server.tools import content, make_server


class EditEnvironment(MCPEnvironment):
    """Edit a picture as a user asks, one call at a time.

    Args:
        settings: None to read the environment variables.

    Raises:
        ValueError: a wrong setting, with the accepted values.
    """

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings or Settings.from_environment()
        sessions = sessions_of(self._settings, self._settings.split)
        self._signatures = {s.name: s for s in signatures_of(sessions.env.rules.tools)}
        self._session: EditSession | None = None
        self._state = EditState(tasks=self._settings.tasks)
        server = make_server(
            list(self._signatures.values()), self._edit_for_mcp, (self.look, self.hand_in)
        )
        super().__init__(server)

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        index: int | None = None,
        split: str | None = None,
        **kwargs: Any,
    ) -> EditObservation:
        """Start an episode.

        Args:
            seed: draws the task where there is no ``index``.
            episode_id: None for a new one.
            index: which task of the source; the same one for every member of a group.
            split: of the source; None for the server's.
            kwargs: what else a client may send; it is not read.

        Raises:
            ValueError: a wrong split.
            IndexError: a task that the source does not have.
        """
        sessions = sessions_of(self._settings, split or self._settings.split)
        self._session = sessions.start(index, seed=seed)
        self._state = EditState(
            episode_id=episode_id or str(uuid4()), tasks=self._settings.tasks, total_reward=0.0
        )
        observation = self._observe(self._session.instruction)
        observation.reward = None if self._session.failed else 0.0
        observation.tools = [self._function(name) for name in (*self._signatures, HAND_IN)]
        return observation

    def _step_impl(
        self, action: EditAction, timeout_s: float | None = None, **kwargs: Any
    ) -> EditObservation:
        return self._observe(self._act(action.action, action.subject, action.goal))

    def look(self) -> list[Any]:
        """Show the picture as it is now, and what the user wants."""
        if self._session is None:
            self.reset()
        session = self._running()
        return content(self._png(), session.instruction)

    def hand_in(self) -> list[Any]:
        """Hand the picture in, when nothing is left to do."""
        return self._edit_for_mcp(HAND_IN, "", "")

    def _edit_for_mcp(self, action: str, subject: str, goal: str) -> list[Any]:
        text = self._act(action, subject, goal)
        return content(self._png(), text)

    def _act(self, action: str, subject: str, goal: str) -> str:
        session = self._running()
        if action == HAND_IN:
            text = session.hand_in()
        else:
            # A function's name stands for its action; clients may send either.
            signature = self._signatures.get(action)
            text = session.edit(signature.action if signature else action, subject, goal)
        self._state.step_count += 1
        self._state.total_reward = session.reward
        self._state.done = not session.is_open
        return text

    def _running(self) -> EditSession:
        if self._session is None:
            raise RuntimeError("there is no episode yet: reset first, or call the tool 'look'")
        return self._session

    def _observe(self, text: str) -> EditObservation:
        session = self._running()
        info = session.info
        keys = ("reward_terms", "turn", "failure") if session.failed else ("reward_terms", "turn")
        return EditObservation(
            picture=base64.b64encode(self._png()).decode("ascii"),
            text=text,
            instruction=session.instruction,
            is_success=info["is_success"],
            done=not session.is_open,
            reward=None if session.failed else session.last_reward,
            metadata={key: info[key] for key in keys},
        )

    def _png(self) -> bytes:
        file = io.BytesIO()
        Pillow.fromarray(self._running().image).save(file, "PNG")
        return file.getvalue()

    def _function(self, name: str) -> dict[str, Any]:
        signature = self._signatures.get(name)
        nothing: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        described = {
            "name": name,
            "description": signature.description if signature else EditEnvironment.hand_in.__doc__,
            "parameters": signature.schema() if signature else nothing,
        }
        return {"type": "function", "function": described}

    @property
    def state(self) -> EditState:
        """Where the episode stands."""
        return self._state

    def get_metadata(self) -> EnvironmentMetadata:
        """Name, description and version, for ``/metadata``."""
        return EnvironmentMetadata(
            name="editenv",
            description=f"Agentic image editing by tool calls: {self._settings.tasks}",
            version=version("editenv"),
        )
