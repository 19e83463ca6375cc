"""What oracles decided turn by turn, kept compactly: pictures once a call, not once a turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from editenv_policies.imitation.demonstrations import Moments, Rows
from editenv_policies.imitation.lessons import AT_ONCE, Pictures
from editenv_policies.imitation.saved import as_pictures, as_tensors
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.team.extractor import CHANGES, CRITIC, changed_by
from editenv_policies.team.imitation.clone import TeamClone


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

    ROWS: ClassVar[dict[str, Rows]] = {
        **Moments.ROWS,
        "moment": Rows("turns", counts="moments", dtype=np.int64),
        "before": Rows("turns", counts="moments", dtype=np.int64),
        "roles": Rows("turns", dtype=np.int64),
        "rounds": Rows("turns", dtype=np.int16),
        "masks": Rows("turns", dtype=np.uint8),
        "actions": Rows("turns", dtype=np.int64),
        "size": Rows("turns", dtype=np.int32),
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


class TurnLessons:
    """At every moment, the decisions of those whose turn it was, as ``Lessons`` for a clone.

    Args:
        clone: learns.
        data: what the oracles decided.
        progress: show a bar.
    """

    def __init__(self, clone: TeamClone, data: TurnData, progress: bool = True) -> None:
        self.network = clone.network
        self._data = data
        images = data.steps["image"]
        self._pictures = Pictures(clone.network.extractor.picture, images, False, progress)
        self._changes = _changes(data)
        self._order = np.argsort(data.moment, kind="stable")
        self._first = np.searchsorted(data.moment[self._order], np.arange(len(data) + 1))

    def __len__(self) -> int:
        """How many moments there are."""
        return len(self._data)

    def losses(self, rows: np.ndarray, unfamiliar: Unfamiliar) -> Tensor:
        """Return (N, 5) losses of the roles, in the order of ``ROLES``; see ``Lessons``."""
        data = self._data
        seen: dict[str, Any] = as_tensors(unfamiliar(data.observation(rows, pictures=False)))
        seen["prepared"] = self._pictures[rows]
        counts = self._first[rows + 1] - self._first[rows]
        at = np.repeat(np.arange(len(rows)), counts)
        turns = self._order[np.concatenate([self._turns_at(row) for row in rows])]
        return self.network.losses(
            seen,
            torch.from_numpy(at),
            torch.from_numpy(data.roles[turns]),
            torch.from_numpy(data.rounds[turns].astype(np.int64)),
            self._changes[turns],
            torch.from_numpy(data.legal(turns)),
            torch.from_numpy(data.actions[turns]),
        )

    def _turns_at(self, moment: int) -> np.ndarray:
        return np.arange(self._first[moment], self._first[moment + 1])


def _changes(data: TurnData) -> Tensor:
    """(U, 6): what the critics see of what their round has changed."""
    found = torch.zeros(len(data.roles), CHANGES)
    critics = np.flatnonzero(data.roles == CRITIC)
    pictures = data.steps["image"]
    for first in range(0, len(critics), AT_ONCE):
        rows = critics[first : first + AT_ONCE]
        before, after = (as_pictures(pictures[at[rows]]) for at in (data.before, data.moment))
        found[torch.from_numpy(rows)] = changed_by(before, after)
    return found
