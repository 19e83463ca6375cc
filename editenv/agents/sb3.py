"""A saved Stable-Baselines3 policy as a member of a team."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from editenv.agents.roles import Turn
from editenv.optional import import_optional

PREFIX = "sb3:"
"""``"sb3:PATH"`` names a saved policy."""


class SB3Agent:
    """Plays a role with a model that was trained on ``image_edit_v0.as_gymnasium(role)``.

    Stable-Baselines3's files hold pickled objects: load only files that you trust.

    Args:
        path: what ``model.save`` of PPO, MaskablePPO, A2C or DQN wrote.

    Raises:
        ValueError: no such file, or not one that Stable-Baselines3 wrote.
        DependencyNotInstalled: Stable-Baselines3 is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._masked = _algorithm(self.path) == "MaskablePPO"
        library = "sb3_contrib" if self._masked else "stable_baselines3"
        module: Any = import_optional(
            library, "stable-baselines3 sb3-contrib", "a saved policy as a member of a team"
        )
        self._model = getattr(module, _algorithm(self.path)).load(self.path, device="cpu")

    def __deepcopy__(self, memo: dict[int, Any]) -> SB3Agent:
        """A policy has no memory, so copies share it."""
        return self

    def act(self, turn: Turn) -> Any:
        """Take the most probable action."""
        masks = {"action_masks": turn.action_mask} if self._masked else {}
        action, _ = self._model.predict(turn.observation, deterministic=True, **masks)
        return action


def _algorithm(path: Path) -> str:
    """Read off a saved model which class wrote it."""
    try:
        with zipfile.ZipFile(path) as archive:
            data = json.loads(archive.read("data"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{PREFIX}{path} is no model of Stable-Baselines3: {error}") from error
    if "exploration_fraction" in data:
        return "DQN"
    if "clip_range" not in data:
        return "A2C"
    buffer = str(data.get("rollout_buffer_class"))
    return "MaskablePPO" if "maskable" in buffer.lower() else "PPO"
