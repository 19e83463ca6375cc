"""Sessions of several turns, in which a turn goes on from where the one before it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from editenv.types import EditTask, Image


@dataclass(frozen=True)
class Chain:
    """The turns of one session.

    Attributes:
        id: of the session.
        indices: the tasks' numbers in their source, first turn first.
    """

    id: str
    indices: tuple[int, ...]


def find_chains(ids: Sequence[Any], turns: Sequence[Any]) -> tuple[Chain, ...]:
    """Put rows in the order of their turns, session by session, in the order of first mention."""
    sessions: dict[str, list[tuple[Any, int]]] = {}
    for index, (session, turn) in enumerate(zip(ids, turns, strict=True)):
        sessions.setdefault(str(session), []).append((turn, index))
    return tuple(Chain(name, tuple(i for _, i in sorted(rows))) for name, rows in sessions.items())


def continue_from(task: EditTask, canvas: Image) -> EditTask:
    """Return a later turn's task that starts from what came of the turn before.

    The data set's own turn starts from its own picture of the turn before. An agent whose work is
    not that picture starts from its own; the target stays, so that what went wrong before still
    counts.

    Args:
        task: the later turn.
        canvas: (H, W, 3) uint8, of the task's size.

    Raises:
        ValueError: a picture of another size.
    """
    if canvas.shape != task.source.shape:
        raise ValueError(f"canvas has shape {canvas.shape}, but the task has {task.source.shape}")
    return replace(task, source=canvas)
