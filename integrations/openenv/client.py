"""The client: one episode at a time over a WebSocket."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from openenv.core import EnvClient
from openenv.core.client_types import StepResult

from .models import EditAction, EditObservation, EditState

if TYPE_CHECKING:
    from PIL.Image import Image


class EditEnv(EnvClient[EditAction, EditObservation, EditState]):
    """Edits pictures on a server.

    Example:
        >>> with EditEnv(base_url="http://localhost:8000").sync() as env:  # doctest: +SKIP
        ...     result = env.reset(index=4)
        ...     result = env.step(EditAction(action="remove", subject="squash"))
        ...     picture = picture_of(result.observation)
    """

    def _step_payload(self, action: EditAction) -> dict[str, Any]:
        return action.model_dump(exclude={"metadata"})

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[EditObservation]:
        reward, done = payload.get("reward"), payload.get("done", False)
        observation = EditObservation(**payload["observation"], reward=reward, done=done)
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> EditState:
        return EditState(**payload)


def picture_of(observation: EditObservation) -> Image:
    """Decode the picture of an observation; it needs Pillow.

    Returns:
        An RGB image.
    """
    from PIL import Image as Pillow

    return Pillow.open(io.BytesIO(base64.b64decode(observation.picture))).convert("RGB")
