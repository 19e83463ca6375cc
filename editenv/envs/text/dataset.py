"""Prompts for trainers that sample answers themselves (TRL, verl, EasyR1)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image as Pillow

from editenv.answers import chat_prompt, reference_answer
from editenv.envs.text.env import ImageEditTextEnv
from editenv.envs.text.keys import check_name, task_keys
from editenv.tools import Tool
from editenv.types import Image

IMAGE_FORMATS = ("pil", "png")


def to_dataset(
    tasks: str = "ImageEdit-v0",
    *,
    split: str = "train",
    indices: Iterable[int] = range(1000),
    image_size: int | Sequence[int] = 224,
    tools: str | Sequence[str | Tool] | None = None,
    images: str = "pil",
    material: str = "photo",
    subjects: str = "names",
) -> list[dict[str, Any]]:
    """Export tasks as prompts with everything that ``reward_functions`` needs to score answers.

    Args:
        tasks: a registered id or a task source by name.
        split: ``"train"``, ``"validation"``, ``"test"`` or ``"novel"``.
        indices: which tasks of the source.
        image_size: one side or (height, width), in pixels.
        tools: None for those of the id; the prompt lists them.
        images: ``"pil"`` for ``PIL.Image`` objects, ``"png"`` for bytes.
        material: of the scenes, as in ``ImageEditEnv``.
        subjects: ``"names"``, or ``"points"``: prompts and answers point at things.

    Returns:
        A list of records, in the conversational format for pictures of TRL and transformers:

        | Key | Type | Content |
        |---|---|---|
        | `prompt` | list of messages | system and user, with a place for the picture |
        | `image` | PIL.Image or bytes | RGB |
        | `answer` | str | the reference answer, to imitate; no reward reads it |
        | `task` | dict | which task of which source it is: plain values, for `reward_functions` |

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
        IndexError: an index that the source does not have.
    """
    check_name(tasks)
    if images not in IMAGE_FORMATS:
        raise ValueError(f"images={images!r} is unknown: choose from {IMAGE_FORMATS}")
    env = ImageEditTextEnv(
        tasks,
        split=split,
        image_size=image_size,
        tools=tools,
        material=material,
        subjects=subjects,
    )
    keys = task_keys(tasks, split, env.setup.size, material, indices)
    return [_record(env, key, images) for key in keys]


def _record(env: ImageEditTextEnv, found: dict[str, Any], images: str) -> dict[str, Any]:
    task = env.tasks[found["index"]]
    picture = Pillow.fromarray(np.ascontiguousarray(task.source))
    return {
        "prompt": chat_prompt(task.instruction, env.rules.tools, pointing=env.rules.names.pointing),
        "image": picture if images == "pil" else _png(task.source),
        "answer": reference_answer(task, env.rules.tools, env.rules.names),
        "task": found,
    }


def _png(picture: Image) -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(picture)).save(file, "PNG")
    return file.getvalue()
