"""Callbacks for runs that must not lose anything: curve, checkpoint, time limit."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from policies.sb3.models import save_model


class CurveCallback(BaseCallback):
    """Appends one line of JSON a rollout: steps, seconds, mean reward, success, failures.

    A failure ends an episode without a score; to the learner it looks like a step limit.

    Args:
        path: the file; lines of an earlier, interrupted run stay.
        seconds_before: time already spent by earlier runs.
    """

    def __init__(self, path: Path, seconds_before: float = 0.0) -> None:
        super().__init__()
        self._path = path
        self._start = time.monotonic() - seconds_before
        self._failures = 0

    def _on_step(self) -> bool:
        self._failures += sum("failure" in info for info in self.locals.get("infos", ()))
        return True

    def _on_rollout_end(self) -> None:
        episodes = self.model.ep_info_buffer or []
        solved = self.model.ep_success_buffer or []
        if not episodes:
            return
        line = {
            "steps": self.num_timesteps,
            "seconds": round(time.monotonic() - self._start, 1),
            "reward": round(float(np.mean([e["r"] for e in episodes])), 4),
            "success": round(float(np.mean(solved)), 4) if solved else 0.0,
            "failures": self._failures,
        }
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


class SafeCheckpointCallback(BaseCallback):
    """Saves the model now and then; a crash while saving leaves the last good file.

    Args:
        path: the checkpoint, replaced in one move.
        every_seconds: how often.
    """

    def __init__(self, path: Path, every_seconds: float = 60.0) -> None:
        super().__init__()
        self._path = path
        self._every = every_seconds
        self._last = time.monotonic()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        if time.monotonic() - self._last >= self._every:
            self.save()

    def _on_training_end(self) -> None:
        self.save()

    def save(self) -> None:
        """Replace the checkpoint."""
        save_model(self.model, self._path)
        self._last = time.monotonic()


class EntropyDecayCallback(BaseCallback):
    """Lets the entropy bonus fall in a straight line over the run.

    With many tools a policy must go on trying all of them until it knows when each is right.

    Args:
        start: coefficient at the beginning.
        end: coefficient at the end.
    """

    def __init__(self, start: float, end: float) -> None:
        super().__init__()
        self._start = start
        self._end = end

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        left = self.model._current_progress_remaining
        model: Any = self.model
        model.ent_coef = self._end + (self._start - self._end) * left


class TimeLimitCallback(BaseCallback):
    """Ends training after a number of seconds.

    Args:
        seconds: wall time, counted from the start of training.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._start = 0.0

    def _on_training_start(self) -> None:
        self._start = time.monotonic()

    def _on_step(self) -> bool:
        return time.monotonic() - self._start < self._seconds
