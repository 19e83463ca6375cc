"""Plain values that say which task of which source a row of a data set has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from editenv.envs.text.env import ImageEditTextEnv

NO_MATERIAL = "photo"
"""Of keys that were written before there was a choice."""


def check_name(tasks: object) -> None:
    """Check that a key can name the tasks.

    Raises:
        ValueError: they are not a string.
    """
    if not isinstance(tasks, str):
        raise ValueError(f"tasks={tasks!r} must be a name, so that rewards can find it again")


def task_keys(
    tasks: str, split: str, size: tuple[int, int], material: str, indices: Iterable[int]
) -> list[dict[str, Any]]:
    """Return a key for each task; ``EnvsByKey`` finds the environment again.

    Args:
        tasks: a registered id or a task source by name.
        split: of the source.
        size: (height, width) of the pictures, in pixels.
        material: of the scenes.
        indices: which tasks of the source.
    """
    source = {"tasks": tasks, "split": split, "height": size[0], "width": size[1]}
    return [{**source, "material": material, "index": int(index)} for index in indices]


class EnvsByKey:
    """An environment for every task source that occurs.

    Args:
        arguments: of ``ImageEditTextEnv``, except those in a key.
    """

    def __init__(self, **arguments: Any) -> None:
        self._arguments = arguments
        self._envs: dict[tuple[Any, ...], ImageEditTextEnv] = {}

    def find(self, key: Mapping[str, Any]) -> ImageEditTextEnv:
        """Return the environment that has the task of a key."""
        size = (int(key["height"]), int(key["width"]))
        source = (key["tasks"], key["split"], size, key.get("material", NO_MATERIAL))
        if source not in self._envs:
            name, split, _, material = source
            self._envs[source] = ImageEditTextEnv(
                name, split=split, image_size=size, material=material, **self._arguments
            )
        return self._envs[source]

    def close(self) -> None:
        """Close every environment."""
        for env in self._envs.values():
            env.close()
        self._envs.clear()
