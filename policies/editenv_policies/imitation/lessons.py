"""What a clone of the coordinator learns from: the oracle's call at every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from editenv_policies.imitation.blind import GREY, hide
from editenv_policies.imitation.clone import Clone
from editenv_policies.imitation.demonstrations import Demonstrations
from editenv_policies.imitation.progress import track
from editenv_policies.imitation.saved import as_pictures, as_tensors
from editenv_policies.sb3.pictures import PictureEncoder
from editenv_policies.sb3.unfamiliar import Unfamiliar

AT_ONCE = 128
"""Pictures that are made small together."""


class CallLessons:
    """Call, region and option of every step, as ``Lessons`` for a clone.

    Args:
        clone: learns; what is hidden from it is hidden here.
        data: what the oracle did.
        progress: show a bar.
    """

    def __init__(self, clone: Clone, data: Demonstrations, progress: bool = True) -> None:
        self._clone, self._data = clone, data
        self.network = clone.network
        encoder, blind = clone.network.extractor.picture, "picture" in clone.hidden
        self._pictures = Pictures(encoder, data.steps["image"], blind, progress)

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self._data)

    def losses(self, rows: np.ndarray, unfamiliar: Unfamiliar) -> Tensor:
        """Return (N, 3) losses of call, region and option; see ``Lessons``."""
        data = self._data
        shown = unfamiliar(data.observation(rows, pictures=False))
        seen: dict[str, Any] = as_tensors(hide(shown, self._clone.hidden))
        seen["prepared"] = self._pictures[rows]
        masks, actions = torch.from_numpy(data.masks[rows]), torch.from_numpy(data.actions[rows])
        return self.network.losses(seen, masks, actions)


class Pictures:
    """Demonstrations' pictures as input for the network, shrunk and measured once.

    Args:
        encoder: of the network that will read them.
        pictures: (N, H, W, 3) uint8.
        blind: show grey pictures instead.
        progress: show a bar.
    """

    def __init__(
        self, encoder: PictureEncoder, pictures: np.ndarray, blind: bool, progress: bool
    ) -> None:
        self._blind = blind
        count = 1 if blind else len(pictures)
        small, numbers = [], []
        with track(count, "pictures", progress) as bar:
            for first in range(0, count, AT_ONCE):
                picture = pictures[first : min(first + AT_ONCE, count)]
                if blind:
                    picture = np.full_like(picture, GREY)
                reduced, measured = encoder.prepare(as_pictures(picture))
                small.append(reduced.mul(255.0).round().to(torch.uint8))
                numbers.append(measured)
                bar.update(len(picture))
        self._small, self._numbers = torch.cat(small), torch.cat(numbers)

    def __getitem__(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Return what ``PictureEncoder.prepare`` does, of some pictures."""
        index = torch.from_numpy(np.zeros_like(rows) if self._blind else rows)
        return self._small[index].float().div_(255.0), self._numbers[index]
