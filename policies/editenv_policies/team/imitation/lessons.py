"""What oracles decided turn by turn, kept compactly: pictures once a call, not once a turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from editenv_policies.imitation.demonstrations import Column, MomentRecorder, Moments
from editenv_policies.team.imitation.teacher import NOTHING, TeamEpisode


@dataclass(frozen=True, eq=False)
class TurnData(Moments):
    """Turns of many episodes, and the moments at which they were taken. U: turns.

    Attributes:
        moment: (U,) int64, of each turn.
        before: (U,) int64, the moment at which its round began.
        roles: (U,) int64, indices in ``ROLES``.
        rounds: (U, 7) int16, the observation's ``round``.
        masks: (U, ceil(n / 8)) uint8, the legal numbers, packed bit by bit.
        actions: (U,) int64, what is to be learnt.
        size: (U,) int32, n: the size of the action space.
    """

    ROWS: ClassVar[dict[str, tuple[str, str | None]]] = {
        **Moments.ROWS,
        "moment": ("turns", "moments"),
        "before": ("turns", "moments"),
        "roles": ("turns", None),
        "rounds": ("turns", None),
        "masks": ("turns", None),
        "actions": ("turns", None),
        "size": ("turns", None),
    }

    moment: np.ndarray
    before: np.ndarray
    roles: np.ndarray
    rounds: np.ndarray
    masks: np.ndarray
    actions: np.ndarray
    size: np.ndarray

    def legal(self, rows: np.ndarray) -> np.ndarray:
        """Return the masks of some turns, (N, n) bool."""
        return np.unpackbits(self.masks[rows], axis=1, count=int(self.size[0])).astype(bool)


class TurnRecorder:
    """Gathers the turns of episodes; those without a lesson are left out."""

    def __init__(self) -> None:
        self._moments = MomentRecorder()
        kinds = {"moment": np.int64, "before": np.int64, "roles": np.int64, "rounds": np.int16}
        kinds |= {"masks": np.uint8, "actions": np.int64, "size": np.int32}
        self._columns = {name: Column(kind) for name, kind in kinds.items()}

    def add(self, episode: TeamEpisode) -> None:
        """Keep what was seen and what was to be decided; the arrays are copied."""
        first = len(self._moments)
        self._moments.begin(episode.moments[0])
        for seen in episode.moments:
            self._moments.add(seen)
        for turn in episode.turns:
            if turn.label != NOTHING:
                row = (first + turn.moment, first + turn.before, turn.role, turn.numbers)
                row += (np.packbits(turn.mask), turn.label, len(turn.mask))
                for column, value in zip(self._columns.values(), row, strict=True):
                    column.add(value)

    def finish(self) -> TurnData:
        """Join everything; the recorder is empty afterwards.

        Raises:
            ValueError: nothing was recorded.
        """
        found: dict[str, Any] = self._moments.finish()
        return TurnData(**found, **self._turns())

    def _turns(self) -> dict[str, Any]:
        return {name: column.join() for name, column in self._columns.items()}
