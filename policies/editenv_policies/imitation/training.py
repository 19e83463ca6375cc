"""Maximum likelihood of what an oracle did, for the networks of coordinators and teams."""

from __future__ import annotations

import io
import math
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from editenv_policies.checkpoints import REMARK, newest, replacing, written
from editenv_policies.imitation.progress import track
from editenv_policies.sb3.synonyms import Synonyms
from editenv_policies.sb3.unfamiliar import Unfamiliar

CHECKPOINT_SECONDS = 60.0
"""How often a checkpoint is written."""

FIRST_SECONDS = 5.0
"""When the first one is."""

WARM_UP = 50
"""Updates over which the learning rate rises."""


@dataclass(frozen=True)
class TrainSettings:
    """How a clone is trained.

    Attributes:
        epochs: passes over the demonstrations.
        batch: steps per update.
        rate: largest learning rate; it rises over the first updates and then falls as a cosine.
        decay: weight decay.
        clip: largest norm of the gradient.
        seconds: processor time of the updates after which training ends; the learning rate is
            scheduled for it. None for no limit. Other programs on the machine do not shorten it.
    """

    epochs: float = 8.0
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.1
    clip: float = 1.0
    seconds: float | None = None


@dataclass(frozen=True)
class Training:
    """The result of a training.

    Attributes:
        updates: the number of updates.
        seconds: processor time.
        losses: mean negative log-likelihood over the last updates: of call, region and option, or
            of each role of a team.
        cut: whether the time ran out before the epochs.
    """

    updates: int
    seconds: float
    losses: tuple[float, ...]
    cut: bool


class Lessons(Protocol):
    """The data that ``train`` learns from.

    Attributes:
        network: the trained network.
    """

    @property
    def network(self) -> nn.Module:
        """What learns."""
        ...

    def __len__(self) -> int:
        """How many lessons there are."""
        ...

    def losses(self, rows: np.ndarray, unfamiliar: Unfamiliar) -> Tensor:
        """Return (N, K) losses of some lessons, in K parts to add up.

        Args:
            rows: (N,) numbers of lessons.
            unfamiliar: changes their observations.
        """
        ...


@dataclass
class TrainState:
    """Everything that changes while a network is trained, with a file to resume from exactly.

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


def train(
    lessons: Lessons,
    settings: TrainSettings | None = None,
    *,
    seed: int = 0,
    progress: bool = True,
    checkpoint: Path | None = None,
    synonyms: Synonyms | None = None,
) -> Training:
    """Minimise the losses of a network on its lessons.

    Args:
        lessons: what is learnt; their network is changed.
        settings: how; None for the defaults.
        seed: of the order of the lessons. Without a limit in seconds, and with one torch thread,
            the same seed gives the same network, with stops in between too.
        progress: show a bar.
        checkpoint: a file that is written every minute; if it exists, training resumes from it.
            None for none.
        synonyms: replaces words; None replaces none.
    """
    settings = settings or TrainSettings()
    network, count = lessons.network.train(), len(lessons)
    optimizer = torch.optim.AdamW(_groups(network, settings.decay), lr=settings.rate, fused=True)
    state = TrainState(network, optimizer)
    if checkpoint is not None and written(checkpoint):
        state.load(checkpoint)
    updates = max(1, math.ceil(settings.epochs * count / settings.batch))
    started = time.process_time() - state.spent
    saved = time.monotonic() - CHECKPOINT_SECONDS + FIRST_SECONDS
    with track(updates, "cloning", progress) as bar:
        bar.update(state.made)
        for rows in _batches(count, settings.batch, range(state.made, updates), seed):
            state.spent = time.process_time() - started
            limit = state.spent / settings.seconds if settings.seconds else 0.0
            share = max(state.made / updates, limit)
            if share >= 1.0:
                break
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * pace(state.made, share)
            unfamiliar = Unfamiliar([seed, state.made], synonyms=synonyms)
            losses = lessons.losses(rows, unfamiliar)
            _update(network, optimizer, losses, settings.clip)
            found = losses.detach().mean(0).double().numpy()
            state.recent = found if state.made == 0 else 0.98 * state.recent + 0.02 * found
            state.made += 1
            bar.update()
            bar.set_postfix(loss=f"{state.recent.sum():.3f}")
            if checkpoint is not None and time.monotonic() - saved >= CHECKPOINT_SECONDS:
                state.save(checkpoint)
                saved = time.monotonic()
    seconds = round(time.process_time() - started, 1)
    return Training(state.made, seconds, tuple(state.recent.tolist()), state.made < updates)


def pace(made: int, share: float) -> float:
    """The learning rate as a share of its largest: a linear rise, then a cosine down to 2 %."""
    fall = 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0)))
    return min(1.0, (made + 1) / WARM_UP) * (0.02 + 0.98 * fall)


def _groups(network: nn.Module, decay: float) -> list[dict]:
    """Weights of matrices decay; single numbers, norms and biases do not."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _batches(count: int, size: int, updates: range, seed: int) -> Iterator[np.ndarray]:
    """Rows for each update; in a pass every step comes at most once, in an order of its own."""
    in_pass = max(1, count // size)
    order, shown = np.arange(0), -1
    for update in updates:
        number, place = divmod(update, in_pass)
        if number != shown:
            order, shown = np.random.default_rng([seed, number]).permutation(count), number
        yield order[place * size : (place + 1) * size]


def _update(
    network: nn.Module, optimizer: torch.optim.Optimizer, losses: Tensor, clip: float
) -> None:
    optimizer.zero_grad(set_to_none=True)
    losses.sum(1).mean().backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), clip)
    optimizer.step()
