"""What oracles saw and did, stored compactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import torch

KEPT = {
    "image": np.uint8,
    "regions": np.float32,
    "region_embeddings": np.float16,
    "history": np.int16,
    "steps_left": np.float32,
}
"""By key of the observation: how it is kept, one row a step."""

BLOCK = 512
"""Steps that are kept in one piece while they are gathered."""


class Rows(NamedTuple):
    """An array of demonstrations.

    Attributes:
        along: of what it has a row each.
        counts: what its numbers count, if anything: they are moved when parts are joined.
        dtype: of a lesson's; None where no episode names it among its lessons.
    """

    along: str
    counts: str | None = None
    dtype: Any = None


@dataclass(frozen=True, eq=False)
class Moments:
    """The observations of many episodes. T: steps, E: episodes, W: words of all instructions.

    Attributes:
        steps: arrays of T rows by the observation's key, as ``KEPT`` says.
        words: (W, D) float16, the token embeddings of all episodes, concatenated.
        starts: (E + 1,) int64, where each episode's words start.
        episodes: (T,) int64, the episode of each step.
        tokens: rows of the observation's ``instruction``.
    """

    ROWS: ClassVar[dict[str, Rows]] = {
        "words": Rows("words"),
        "episodes": Rows("moments", counts="episodes"),
    }
    """By array. Those with a dtype are lessons, in the order in which an episode gives them."""

    steps: dict[str, np.ndarray]
    words: np.ndarray
    starts: np.ndarray
    episodes: np.ndarray
    tokens: int

    def __len__(self) -> int:
        """How many moments there are."""
        return len(self.episodes)

    @property
    def count(self) -> int:
        """How many episodes there are."""
        return len(self.starts) - 1

    def observation(self, rows: np.ndarray, pictures: bool = True) -> dict[str, np.ndarray]:
        """Return a batch of observations as the environment gave them, (N, ...) each.

        ``instruction`` is as long as the longest of the batch; like ``region_embeddings``, it is
        float32 again. Without ``pictures``, ``image`` is left out.
        """
        keys = [key for key in KEPT if pictures or key != "image"]
        found = {key: self.steps[key][rows] for key in keys}
        found["region_embeddings"] = _single(found["region_embeddings"])
        episodes = self.episodes[rows]
        first, last = self.starts[episodes], self.starts[episodes + 1]
        place = np.arange(max(int((last - first).max()), 1))
        real = place < (last - first)[:, None]
        words = np.zeros((*real.shape, self.words.shape[1]), np.float32)
        words[real] = _single(self.words[(first[:, None] + place)[real]])
        found["instruction"] = words
        found["instruction_mask"] = real.astype(np.int8)
        return found


@dataclass(frozen=True, eq=False)
class Demonstrations(Moments):
    """Observations, and the oracle's call for each.

    Attributes:
        masks: (T, sum(nvec)) bool, which numbers may be valid.
        actions: (T, 3) int64: call, region and option to learn.
    """

    ROWS: ClassVar[dict[str, Rows]] = {
        **Moments.ROWS,
        "masks": Rows("moments", dtype=np.bool_),
        "actions": Rows("moments", dtype=np.int64),
    }

    masks: np.ndarray
    actions: np.ndarray


Kind = TypeVar("Kind", bound=Moments)


class Episode(Protocol):
    """An oracle's episode from its start to its end."""

    @property
    def moments(self) -> Sequence[dict[str, np.ndarray]]:
        """What was seen before each call: observations, at least one."""
        ...

    def lessons(self, first: int) -> Iterable[tuple[Any, ...]]:
        """Give a row for each lesson, in the order of ``ROWS``.

        Args:
            first: number of the first moment among those of all episodes.
        """
        ...


class Recorder(Generic[Kind]):
    """Collects the moments and lessons of episodes.

    Args:
        kind: of demonstrations.
    """

    def __init__(self, kind: type[Kind]) -> None:
        self._kind = kind
        self._steps = {key: Column(dtype) for key, dtype in KEPT.items()}
        found = {name: rows.dtype for name, rows in kind.ROWS.items() if rows.dtype is not None}
        self._lessons = {name: Column(dtype) for name, dtype in found.items()}
        self._episodes: list[int] = []
        self._words: list[np.ndarray] = []
        self._tokens = 0

    def add(self, episode: Episode) -> None:
        """Record an episode; the arrays are copied."""
        first, moments = len(self._episodes), episode.moments
        start = moments[0]
        self._tokens = len(start["instruction_mask"])
        count = int(start["instruction_mask"].sum())
        self._words.append(start["instruction"][:count].astype(np.float16))
        for seen in moments:
            for key, column in self._steps.items():
                column.add(seen[key])
            self._episodes.append(len(self._words) - 1)
        for row in episode.lessons(first):
            for column, value in zip(self._lessons.values(), row, strict=True):
                column.add(value)

    def finish(self) -> Kind:
        """Join everything recorded; the recorder is empty afterwards.

        Raises:
            ValueError: nothing was recorded.
        """
        if not self._episodes:
            raise ValueError("no step was recorded: episodes must be at least 1")
        lengths = [len(words) for words in self._words]
        return self._kind(
            steps={key: column.join() for key, column in self._steps.items()},
            words=np.concatenate(self._words),
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            episodes=np.array(self._episodes, np.int64),
            tokens=self._tokens,
            **{name: column.join() for name, column in self._lessons.items()},
        )


def _single(numbers: np.ndarray) -> np.ndarray:
    """Make float32 of float16; NumPy's own ``astype`` takes forty times as long."""
    return torch.from_numpy(numbers).float().numpy()


class Column:
    """Rows of one array in blocks, each freed as it is joined, so that memory never doubles."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._blocks: list[np.ndarray] = []
        self._count = 0

    def add(self, row: Any) -> None:
        """Copy a row; all have the shape of the first."""
        place = self._count % BLOCK
        if place == 0:
            self._blocks.append(np.empty((BLOCK, *np.shape(row)), self._dtype))
        self._blocks[-1][place] = row
        self._count += 1

    def join(self) -> np.ndarray:
        """Return all rows; the column is empty afterwards."""
        joined = np.empty((self._count, *self._blocks[0].shape[1:]), self._dtype)
        for first in range(0, self._count, BLOCK):
            block = self._blocks[first // BLOCK]
            joined[first : first + BLOCK] = block[: self._count - first]
            self._blocks[first // BLOCK] = block[:0].copy()
        return joined
