"""Maximum likelihood of what oracles decided, all roles together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from editenv.agents.roles import ROLES
from editenv_policies.imitation.clone import as_pictures, as_tensors
from editenv_policies.imitation.training import AT_ONCE, Pictures, Training, TrainSettings, fit
from editenv_policies.sb3.synonyms import Synonyms
from editenv_policies.sb3.unfamiliar import Unfamiliar
from editenv_policies.team.extractor import CHANGES, CRITIC, changed_by
from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.lessons import TurnData


def train_team(
    clone: TeamClone,
    data: TurnData,
    settings: TrainSettings | None = None,
    *,
    seed: int = 0,
    progress: bool = True,
    checkpoint: Path | None = None,
    synonyms: Synonyms | None = None,
) -> Training:
    """Train a team's clone; see ``editenv_policies.imitation.train``. A batch is one of moments.

    Args:
        clone: it is changed.
        data: what the oracles decided.
        settings: how; None for the defaults.
        seed: of the order of the moments.
        progress: show a bar.
        checkpoint: a file that is written every minute, and from which training goes on.
        synonyms: what stands in for words; None for nothing.
    """
    lessons = _TurnLessons(clone, data, progress)
    return fit(lessons, settings, seed, progress, checkpoint, synonyms)


class _TurnLessons:
    """What a team learns from: at every moment, the decisions of those whose turn it was."""

    def __init__(self, clone: TeamClone, data: TurnData, progress: bool) -> None:
        self.network = clone.network
        self._data = data
        images = data.steps["image"]
        self._pictures = Pictures(clone.network.extractor.picture, images, False, progress)
        self._changes = _changes(data)
        self._order = np.argsort(data.moment, kind="stable")
        self._first = np.searchsorted(data.moment[self._order], np.arange(len(data) + 1))

    def __len__(self) -> int:
        return len(self._data)

    def losses(self, rows: np.ndarray, unfamiliar: Unfamiliar) -> Tensor:
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


def mean_by_role(training: Training) -> dict[str, float]:
    """Name a training's losses: mean negative log-likelihood a moment, by role."""
    return dict(zip(ROLES, training.losses, strict=True))
