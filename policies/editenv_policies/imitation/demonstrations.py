"""What an oracle saw and did, stored compactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from editenv_policies.imitation.episodes import OracleEpisode

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

    ROWS: ClassVar[dict[str, tuple[str, str | None]]] = {
        "words": ("words", None),
        "episodes": ("moments", "episodes"),
    }
    """By array: of what it has a row each, and what its numbers count, if anything: for joining."""

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

    @property
    def nbytes(self) -> int:
        """Memory of all arrays in bytes."""
        arrays = [value for value in vars(self).values() if isinstance(value, np.ndarray)]
        return sum(array.nbytes for array in [*self.steps.values(), *arrays])

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

    ROWS: ClassVar[dict[str, tuple[str, str | None]]] = {
        **Moments.ROWS,
        "masks": ("moments", None),
        "actions": ("moments", None),
    }

    masks: np.ndarray
    actions: np.ndarray


class Recorder:
    """Collects the steps of episodes."""

    def __init__(self) -> None:
        self._moments = MomentRecorder()
        self._masks, self._actions = Column(np.bool_), Column(np.int64)

    def add(self, episode: OracleEpisode) -> None:
        """Record the observations and lessons of an episode; the arrays are copied."""
        seen = episode.observations
        self._moments.begin({key: value[0] for key, value in seen.items()})
        for step in range(len(episode)):
            self._moments.add({key: seen[key][step] for key in KEPT})
            self._masks.add(episode.masks[step])
            self._actions.add(episode.labels[step])

    def finish(self) -> Demonstrations:
        """Join everything recorded; the recorder is empty afterwards.

        Raises:
            ValueError: nothing was recorded.
        """
        moments = self._moments.finish()
        return Demonstrations(**moments, masks=self._masks.join(), actions=self._actions.join())


class MomentRecorder:
    """Collects the observations of episodes."""

    def __init__(self) -> None:
        self._columns: dict[str, Column] = {key: Column(KEPT[key]) for key in KEPT}
        self._episodes: list[int] = []
        self._words: list[np.ndarray] = []
        self._tokens = 0

    def __len__(self) -> int:
        """How many moments there are."""
        return len(self._episodes)

    def begin(self, seen: dict[str, np.ndarray]) -> None:
        """Begin an episode with the instruction of an observation."""
        self._tokens = len(seen["instruction_mask"])
        count = int(seen["instruction_mask"].sum())
        self._words.append(seen["instruction"][:count].astype(np.float16))

    def add(self, seen: dict[str, np.ndarray]) -> None:
        """Record a step of the episode; the arrays are copied."""
        for key, column in self._columns.items():
            column.add(seen[key])
        self._episodes.append(len(self._words) - 1)

    def finish(self) -> dict[str, Any]:
        """Return the attributes of ``Moments``; the recorder is empty afterwards.

        Raises:
            ValueError: nothing was recorded.
        """
        if not self._episodes:
            raise ValueError("no step was recorded: episodes must be at least 1")
        lengths = [len(words) for words in self._words]
        return {
            "steps": {key: column.join() for key, column in self._columns.items()},
            "words": np.concatenate(self._words),
            "starts": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            "episodes": np.array(self._episodes, np.int64),
            "tokens": self._tokens,
        }


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
