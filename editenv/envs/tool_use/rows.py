"""Rows of a data set for trainers whose environments make the pictures themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from editenv.envs.arguments import parse_size
from editenv.envs.text.keys import check_name, task_keys
from editenv.envs.text.sources import tasks_and_tools
from editenv.envs.tool_use.signatures import HAND_IN
from editenv.tasks import make_tasks

RULES = f"""\
You edit photos. The user shows a photo and says what to change. Take the request apart into \
single edits and call a tool for each of them, in the order in which they must be made; every call \
shows the photo as it is then.

Work out which thing is meant and name it: not "the thing left of the dog", but "kite". Where two \
things have one name, put left, right, top, bottom, small, large or a colour before it: "left \
kite". To add something beside a thing, name that thing. When nothing is left to do, call \
{HAND_IN}."""
"""What a model has to know beside the descriptions of its tools."""


def rows(
    tasks: str = "ImageEdit-v0",
    *,
    split: str = "train",
    indices: Iterable[int] = range(1000),
    image_size: int | Sequence[int] = 224,
    material: str = "photo",
) -> list[dict[str, Any]]:
    """Return rows for ``ImageEditTools``, which makes picture and instruction from the row's key.

    A row holds no picture, so that a million of them take no room.

    Args:
        tasks: a registered id or a task source by name.
        split: ``"train"``, ``"validation"``, ``"test"`` or ``"novel"``.
        indices: which tasks of the source.
        image_size: one side or (height, width), in pixels.
        material: of the scenes, as in ``ImageEditEnv``.

    Returns:
        A list of rows of plain values, as ``datasets.Dataset.from_list`` takes them:

        | Key | Type | Content |
        |---|---|---|
        | `prompt` | list of messages | system, and an empty message that ``reset`` fills |
        | `task` | dict | which task of which source it is |
        | `environment` | str | ``tasks``: the key in a mapping of environments |

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
        IndexError: an index that a finite source does not have.
    """
    check_name(tasks)
    height, width = parse_size(image_size)
    name, _ = tasks_and_tools(tasks, None)
    source = make_tasks(name, split=split, height=height, width=width, material=material)
    keys = task_keys(tasks, split, (height, width), material, indices)
    _check_indices([key["index"] for key in keys], source)
    return [{"prompt": _prompt(), "task": key, "environment": tasks} for key in keys]


def _prompt() -> list[dict[str, Any]]:
    return [
        {"role": "system", "content": [{"type": "text", "text": RULES}]},
        {"role": "user", "content": []},
    ]


def _check_indices(indices: list[int], source: Any) -> None:
    count = len(source) if hasattr(source, "__len__") else None
    for index in indices:
        if index < 0 or (count is not None and index >= count):
            raise IndexError(f"indices has {index}: the source has tasks 0 to {count or '...'}")
