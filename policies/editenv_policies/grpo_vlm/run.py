"""A training run that may be killed at any moment and goes on as if it had not been."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from safetensors import safe_open
from safetensors.torch import save_file

from editenv.failure import ComponentDown
from editenv_policies.checkpoints import REMARK, append_lines, cut_lines, newest, replacing, written
from editenv_policies.grpo_vlm.optimizer import Optimizer
from editenv_policies.grpo_vlm.settings import at_least

CHECKPOINT, CURVE, ROLLOUTS = "checkpoint.safetensors", "curve.jsonl", "rollouts.jsonl"


class Learner(Protocol):
    """What a run repeats."""

    optimizer: Optimizer

    def learn(self, step: int) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Do one step of training, which depends on ``step`` and the weights only.

        Returns:
            Figures for the curve, and lines for the record of rollouts.
        """
        ...


class Run:
    """Repeats the steps of a learner, with checkpoints and logs in a folder.

    Weights, moments and the number of the step are the whole state. Lines of the logs that are
    later than the checkpoint are dropped when a run goes on, since those steps are done again.

    Args:
        learner: does the steps.
        folder: gets ``checkpoint.safetensors``, replaced at once as a whole, ``curve.jsonl``,
            ``rollouts.jsonl`` and TensorBoard's files. A checkpoint in it is gone on with.
        save_every: steps between checkpoints, at least 1.

    Raises:
        ValueError: a checkpoint of another model, or a damaged one with no older one.
    """

    def __init__(self, learner: Learner, folder: str | Path, save_every: int = 10) -> None:
        at_least("save_every", save_every, 1)
        self._learner = learner
        self._save_every = save_every
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.step = 0
        if written(self.folder / CHECKPOINT):
            self._load()
        self._forget_later_lines()

    def advance(
        self, steps: int, on_step: Callable[[dict[str, float]], None] | None = None
    ) -> None:
        """Train up to step number ``steps`` in all, and save.

        Args:
            steps: of this run, those before a checkpoint included.
            on_step: is told the figures of every step.

        Raises:
            ComponentDown: a tool or a judge failed too often in a row; the checkpoint is saved.
        """
        from torch.utils.tensorboard.writer import SummaryWriter

        # What TensorBoard was told after the checkpoint is told again.
        writer = SummaryWriter(str(self.folder / "tensorboard"), purge_step=self.step + 1)
        try:
            while self.step < steps:
                figures = self._one()
                for name, value in figures.items():
                    writer.add_scalar(name, value, self.step)
                if on_step is not None:
                    on_step(figures)
                if self.step % self._save_every == 0:
                    self.save()
        except ComponentDown:
            # The step that met it has changed nothing yet.
            self.save()
            raise
        finally:
            writer.close()
        self.save()

    def _one(self) -> dict[str, float]:
        started = time.monotonic()
        figures, rollouts = self._learner.learn(self.step)
        self.step += 1
        figures = {"step": self.step, **figures, "seconds": time.monotonic() - started}
        # JSON has neither NaN nor infinity.
        append_lines(self.folder / CURVE, [{k: v for k, v in figures.items() if math.isfinite(v)}])
        append_lines(self.folder / ROLLOUTS, [{"step": self.step, **line} for line in rollouts])
        return figures

    def save(self) -> None:
        """Replace the checkpoint."""
        state = {
            name: value.contiguous() for name, value in self._learner.optimizer.state().items()
        }
        with replacing(self.folder / CHECKPOINT) as partial:
            save_file(state, partial, metadata={"step": str(self.step), "checksum": REMARK})

    def _load(self) -> None:
        (whole,) = newest([self.folder / CHECKPOINT], _step_of)
        with safe_open(whole, framework="pt") as file:
            names = list(file.keys())
            self._learner.optimizer.restore({name: file.get_tensor(name) for name in names})
            self.step = int(file.metadata()["step"])

    def _forget_later_lines(self) -> None:
        for name in (CURVE, ROLLOUTS):
            cut_lines(self.folder / name, self.step, "step")


def _step_of(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return int(file.metadata()["step"])
