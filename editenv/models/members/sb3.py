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

ALGORITHMS = ("PPO", "MaskablePPO", "A2C", "DQN")
"""Whose models can be members."""

_NOT_A2C = {"clip_range", "cg_max_steps", "target_kl"}


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
        self.path = _find(path)
        self._masked = algorithm_of(self.path) == "MaskablePPO"
        library = "sb3_contrib" if self._masked else "stable_baselines3"
        module: Any = import_optional(
            library, "stable-baselines3 sb3-contrib", "a saved policy as a member of a team"
        )
        self._model = getattr(module, algorithm_of(self.path)).load(self.path, device="cpu")

    def check(self, action_space: Any, observation_space: Any) -> None:
        """Make sure that the model was trained for these spaces.

        Raises:
            ValueError: it was trained for others.
        """
        model = self._model
        if model.action_space != action_space or _shapes(model.observation_space) != _shapes(
            observation_space
        ):
            raise ValueError(
                f"{PREFIX}{self.path} was trained for {model.action_space} and other observations "
                f"than {_shapes(observation_space)}; here the actions are {action_space}"
            )

    def __deepcopy__(self, memo: dict[int, Any]) -> SB3Agent:
        """A policy has no memory, so copies share it."""
        return self

    def act(self, turn: Turn) -> Any:
        """Take the most probable action."""
        masks = {"action_masks": turn.action_mask} if self._masked else {}
        action, _ = self._model.predict(turn.observation, deterministic=True, **masks)
        return action


def make_sb3_member(path: str, role: str) -> SB3Agent:
    """Load what plays a role, any of them; see ``SB3Agent``."""
    return SB3Agent(path)


def _find(path: str | Path) -> Path:
    """As ``model.save`` does, add ``.zip`` where it was left out."""
    found = Path(path).expanduser()
    with_suffix = found.with_name(found.name + ".zip")
    return with_suffix if with_suffix.exists() and not found.is_file() else found


def _shapes(space: Any) -> dict[str, list[int]]:
    """Shapes by key; sorted, since Stable-Baselines3 puts a picture's channels first."""
    entries = getattr(space, "spaces", {"": space})
    return {key: sorted(entry.shape) for key, entry in sorted(entries.items())}


def saved_settings(path: Path) -> dict[str, Any]:
    """Read a saved model's settings, as JSON: nothing is unpickled.

    Raises:
        ValueError: no such file, or not one that Stable-Baselines3 wrote.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            data = json.loads(archive.read("data"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{PREFIX}{path} is no model of Stable-Baselines3: {error}") from error
    return data if isinstance(data, dict) else {}


def algorithm_of(path: Path) -> str:
    """Read off a saved model which class of ``ALGORITHMS`` wrote it.

    Raises:
        ValueError: none of them.
    """
    name = _class_of(saved_settings(path))
    if name is None:
        raise ValueError(f"{PREFIX}{path} is no model of Stable-Baselines3's {ALGORITHMS}")
    return name


def _class_of(data: dict[str, Any]) -> str | None:
    """The settings that only one algorithm has tell it; None for those of no use here."""
    buffer, policy = (str(data.get(k)).lower() for k in ("rollout_buffer_class", "policy_class"))
    if "exploration_fraction" in data and "qrdqn" not in policy:
        return "DQN"
    if "clip_range" in data and "recurrent" not in buffer:
        return "MaskablePPO" if "maskable" in buffer else "PPO"
    if "gae_lambda" in data and not _NOT_A2C & set(data):
        return "A2C"
    return None
