"""Chat models and tasks that the tests of judges share."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from editenv.types import EditTask, SubEdit


class Chatter:
    """A chat model that answers by a function of the conversation; it counts its calls."""

    name = "double"

    def __init__(self, answer):
        self._answer, self.batches = answer, []

    def complete(self, chats, *, max_tokens=512, temperature=0.0, seed=0):
        assert temperature == 0.0
        self.batches.append([list(chat) for chat in chats])
        return [self._answer(chat) for chat in chats]


def numbers(instruction, preserved, quality):
    return f'{{"instruction": {instruction}, "preserved": {preserved}, "quality": {quality}}}'


def pictures(chat):
    """The pictures of a conversation in the order shown, with the words before each."""
    parts = [part for message in chat for part in message["content"]]
    return [
        (before["text"], part["image"])
        for before, part in pairwise(parts)
        if part["type"] == "image"
    ]


def words(chat):
    return "\n".join(
        part["text"] for message in chat for part in message["content"] if part["type"] == "text"
    )


def make_task(side=32, with_target=True, **metadata):
    """The upper left quarter of a grey gradient is to become lighter."""
    source = np.repeat(np.linspace(40, 120, side).astype(np.uint8)[:, None, None], side, 1)
    source = np.repeat(source, 3, 2).copy()
    mask = np.zeros((side, side), np.uint8)
    mask[: side // 2, : side // 2] = 255
    target = np.where(mask[..., None] > 0, source + 100, source).astype(np.uint8)
    edits = (SubEdit("brightness", "box", "brighter", mask),) if with_target else ()
    return EditTask(
        source, "make the box brighter", edits, (target,) if with_target else (), (), metadata
    )


def halfway(task):
    return (task.source.astype(int) + (task.target.astype(int) - task.source) // 2).astype(np.uint8)


def damaged(task, picture):
    picture = picture.copy()
    side = len(picture)
    picture[side // 2 :, side // 2 :] = 255 - picture[side // 2 :, side // 2 :] // 2
    return picture
