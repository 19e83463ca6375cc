"""What a judge is: a task and a picture in, a score out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from editenv.failure import Failure
from editenv.types import EditTask, Image

BEST = 10.0
"""The highest score; the lowest is 0."""


@dataclass(frozen=True, eq=False)
class Case:
    """What is judged.

    Attributes:
        task: the user's picture and words and, for reference judges, the target.
        canvas: (H, W, 3) uint8, the edited picture.
    """

    task: EditTask
    canvas: Image


@dataclass(frozen=True)
class Score:
    """What a judge thinks of a picture.

    Attributes:
        value: 0 to ``BEST``.
        parts: sub-scores by name, each 0 to ``BEST``.
        variance: of the votes' values; 0 where there is one vote.
        votes: how many votes there were.
    """

    value: float
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    variance: float = 0.0
    votes: int = 1

    def info(self) -> dict[str, Any]:
        """Return what ``info["judge"]`` says."""
        return {
            "score": self.value,
            "variance": self.variance,
            "votes": self.votes,
            "parts": dict(self.parts),
        }


@runtime_checkable
class Judge(Protocol):
    """Scores edited pictures.

    A judge may also have these:

    | Method | Without it | Meaning |
    |---|---|---|
    | `why_unfit(task)` | None | why it can never score a task (no target, no captions), or None |
    | `close()` | | frees what it holds: models, connections |
    | `swapped()` | | a judge that asks the same with the two pictures in the other order |
    """

    @property
    def name(self) -> str:
        """What it is called in failures and in ``info``; holds no key."""
        ...

    def judge(self, cases: Sequence[Case]) -> list[Score | Failure]:
        """Score N pictures, at once where it can.

        Deterministic as far as what it asks is. What it cannot score is a ``Failure`` with
        component ``"judge:NAME"``, never a guess.
        """
        ...
