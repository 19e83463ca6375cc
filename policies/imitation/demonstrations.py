"""What an oracle did and what it saw, kept compactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from policies.imitation.episodes import OracleEpisode

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
class Demonstrations:
    """Steps of many episodes. T: steps, E: episodes, W: words of all instructions.

    Attributes:
        steps: arrays of T rows by the observation's key, as ``KEPT`` says.
        words: (W, D) float16, the token embeddings of every episode, one after the other.
        starts: (E + 1,) int64, where each episode's words begin.
        episodes: (T,) int64, the episode of each step.
        masks: (T, sum(nvec)) bool, which numbers may be valid.
        actions: (T, 3) int64: call, region, option: what is to be learnt.
        tokens: rows of the observation's ``instruction``.
    """

    steps: dict[str, np.ndarray]
    words: np.ndarray
    starts: np.ndarray
    episodes: np.ndarray
    masks: np.ndarray
    actions: np.ndarray
    tokens: int

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self.actions)

    @property
    def count(self) -> int:
        """How many episodes there are."""
        return len(self.starts) - 1

    @property
    def nbytes(self) -> int:
        """Memory of all arrays in bytes."""
        arrays = [*self.steps.values(), self.words, self.masks, self.actions]
        return sum(array.nbytes for array in arrays)

    def observation(self, rows: np.ndarray, pictures: bool = True) -> dict[str, np.ndarray]:
        """Return a batch of observations as the environment gave them, (N, ...) each.

        ``instruction`` is as long as the longest of the batch, float32 again as
        ``region_embeddings`` is. Without ``pictures``, ``image`` is left out.
        """
        keys = [key for key in KEPT if pictures or key != "image"]
        found = {key: self.steps[key][rows] for key in keys}
        found["region_embeddings"] = found["region_embeddings"].astype(np.float32)
        episodes = self.episodes[rows]
        first, last = self.starts[episodes], self.starts[episodes + 1]
        place = np.arange(max(int((last - first).max()), 1))
        real = place < (last - first)[:, None]
        words = self.words[np.where(real, first[:, None] + place, 0)].astype(np.float32)
        found["instruction"] = words * real[..., None]
        found["instruction_mask"] = real.astype(np.int8)
        return found


class Recorder:
    """Gathers the steps of episodes."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {key: _Column(KEPT[key]) for key in KEPT}
        self._masks, self._actions = _Column(np.bool_), _Column(np.int64)
        self._episodes: list[int] = []
        self._words: list[np.ndarray] = []
        self._tokens = 0

    def add(self, episode: OracleEpisode) -> None:
        """Keep what was seen and what was to be done in an episode; the arrays are copied."""
        seen = episode.observations
        self._tokens = seen["instruction_mask"].shape[1]
        count = int(seen["instruction_mask"][0].sum())
        self._words.append(seen["instruction"][0, :count].astype(np.float16))
        for step in range(len(episode)):
            for key, column in self._columns.items():
                column.add(seen[key][step])
            self._masks.add(episode.masks[step])
            self._actions.add(episode.labels[step])
            self._episodes.append(len(self._words) - 1)

    def finish(self) -> Demonstrations:
        """Join everything; the recorder is empty afterwards.

        Raises:
            ValueError: nothing was recorded.
        """
        if not self._episodes:
            raise ValueError("no step was recorded: episodes must be at least 1")
        lengths = [len(words) for words in self._words]
        return Demonstrations(
            steps={key: column.join() for key, column in self._columns.items()},
            words=np.concatenate(self._words),
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            episodes=np.array(self._episodes, np.int64),
            masks=self._masks.join(),
            actions=self._actions.join(),
            tokens=self._tokens,
        )


class _Column:
    """Rows of one array in blocks, each given back as it is joined: never all there twice."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._blocks: list[np.ndarray] = []
        self._count = 0

    def add(self, row: np.ndarray) -> None:
        place = self._count % BLOCK
        if place == 0:
            self._blocks.append(np.empty((BLOCK, *np.shape(row)), self._dtype))
        self._blocks[-1][place] = row
        self._count += 1

    def join(self) -> np.ndarray:
        joined = np.empty((self._count, *self._blocks[0].shape[1:]), self._dtype)
        for first in range(0, self._count, BLOCK):
            block = self._blocks[first // BLOCK]
            joined[first : first + BLOCK] = block[: self._count - first]
            self._blocks[first // BLOCK] = block[:0].copy()
        return joined
