"""The state of a training run, as a file from which it resumes exactly."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from editenv_policies.checkpoints import REMARK, newest, replacing


@dataclass
class TrainState:
    """Everything that changes while a clone is trained.

    Attributes:
        network: the trained network.
        optimizer: of its weights.
        made: updates so far.
        spent: processor time so far, in seconds.
        recent: mean losses of the last updates, by part.
    """

    network: nn.Module
    optimizer: torch.optim.Optimizer
    made: int = 0
    spent: float = 0.0
    recent: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def save(self, path: Path) -> None:
        """Replace a file atomically; a crash leaves the old or the new one."""
        saved = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "made": self.made,
            "spent": self.spent,
            "recent": self.recent.tolist(),
        }
        content = io.BytesIO()
        torch.save(saved, content)
        with zipfile.ZipFile(content, "a") as archive:
            archive.comment = REMARK.encode()
        with replacing(path) as partial:
            partial.write_bytes(content.getvalue())

    def load(self, path: Path) -> None:
        """Load what ``save`` wrote; only tensors and numbers are read.

        Raises:
            ValueError: it is damaged, and so is the previous one.
        """
        (whole,) = newest([path], lambda each: 0)
        saved = torch.load(whole, map_location="cpu", weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.made, self.spent = saved["made"], saved["spent"]
        self.recent = np.array(saved["recent"])
