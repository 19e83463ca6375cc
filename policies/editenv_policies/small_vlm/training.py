"""A training loop that may be interrupted at any step and goes on bit for bit.

The batch of a step depends on the step only, the learning rate too, and nothing is drawn at random
in the model, so that weights, moments and the number of the step are the whole state.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

Losses = Callable[[int], torch.Tensor]
"""From the number of a step to its loss, a scalar."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Attributes:
        steps: updates in all.
        learning_rate: at its highest.
        warmup: updates until then.
        weight_decay: of AdamW.
        max_grad_norm: longer gradients are cut to it.
        save_every: updates between checkpoints.
        bfloat16: matrix products are computed so; weights stay float32.
    """

    steps: int
    learning_rate: float = 1e-3
    warmup: int = 50
    weight_decay: float = 0.05
    max_grad_norm: float = 1.0
    save_every: int = 200
    bfloat16: bool = True

    def rate(self, step: int) -> float:
        """Linear warm-up, then a cosine to a tenth (Loshchilov and Hutter, 2017, SGDR)."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return self.learning_rate * (0.55 + 0.45 * math.cos(math.pi * min(done, 1.0)))


class Training:
    """One stage of training, with its state in a file.

    Args:
        module: all that learns.
        losses: computes a step's loss with ``module``.
        schedule: how long and how fast.
        folder: gets ``checkpoint.pt``, replaced at once as a whole, and ``curve.jsonl``. A
            checkpoint that is there already is gone on with.
    """

    def __init__(self, module: nn.Module, losses: Losses, schedule: Schedule, folder: Path) -> None:
        self.module, self.schedule, self.folder = module, schedule, folder
        self._losses = losses
        self._optimizer = torch.optim.AdamW(
            _groups(module, schedule.weight_decay), betas=(0.9, 0.98)
        )
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        if self._checkpoint.exists():
            self._load()

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.schedule.steps

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def _curve(self) -> Path:
        return self.folder / "curve.jsonl"

    def run(self, seconds: float = math.inf) -> None:
        """Learn until all steps are done or the time is over, and save."""
        end = time.monotonic() + seconds
        self.module.train()
        while not self.finished and time.monotonic() < end:
            self._update()
            if self.step % self.schedule.save_every == 0:
                self._save()
        self._save()
        self.module.eval()

    def _update(self) -> None:
        started, rate = time.monotonic(), self.schedule.rate(self.step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=self.schedule.bfloat16):
            loss = self._losses(self.step)
        loss.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), self.schedule.max_grad_norm)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        self._log(loss=loss.item(), rate=rate, seconds=time.monotonic() - started)

    def _log(self, **figures: float) -> None:
        with self._curve.open("a") as file:
            rounded = {name: round(value, 6) for name, value in figures.items()}
            file.write(json.dumps({"step": self.step, **rounded}) + "\n")

    def _save(self) -> None:
        state = {
            "step": self.step,
            "module": self.module.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        part = self._checkpoint.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self._checkpoint)

    def _load(self) -> None:
        state: dict[str, Any] = torch.load(self._checkpoint, weights_only=True)
        self.module.load_state_dict(state["module"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self._forget_later_lines()

    def _forget_later_lines(self) -> None:
        """Drop what was logged after the checkpoint; those steps are done again."""
        if self._curve.exists():
            lines = self._curve.read_text().splitlines(keepends=True)
            self._curve.write_text("".join(lines[: self.step]))


def _groups(module: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are decayed; vectors are not, nor the embeddings, most of which stand still."""
    named = [(name, weight) for name, weight in module.named_parameters() if weight.requires_grad]
    decayed = {name for name, weight in named if weight.ndim > 1 and "embed_tokens" not in name}
    return [
        {"params": [w for n, w in named if n in decayed], "weight_decay": weight_decay},
        {"params": [w for n, w in named if n not in decayed], "weight_decay": 0.0},
    ]
