"""Callbacks for runs that must not lose anything: curve, checkpoint, time limit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from editenv_policies.checkpoints import append_lines
from editenv_policies.sb3.state import State, save_model, state_of

CHECKPOINT_SECONDS = 60.0
"""How often a checkpoint is written."""


class CurveCallback(BaseCallback):
    """Appends one line of JSON per rollout: steps, seconds, mean reward, success, failures.

    A failure ends an episode without a score; to the learner it looks like a step limit.

    Args:
        path: the file; lines of an earlier, interrupted run stay.
        seconds_before: time already spent by earlier runs.
        failures_before: failures in earlier runs.
    """

    def __init__(self, path: Path, seconds_before: float = 0.0, failures_before: int = 0) -> None:
        super().__init__()
        self._path = path
        self._start = time.monotonic() - seconds_before
        self._failures = failures_before

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
        append_lines(self._path, [line])


class SafeCheckpointCallback(BaseCallback):
    """Saves the model at the start, at intervals, and at the end.

    The learner is always saved between two rollouts, so a resumed run continues identically: an
    interrupted rollout is played again.

    Args:
        path: the checkpoint, replaced in one move; a crash while saving keeps the last good file.
        every_seconds: how often; None: ``CHECKPOINT_SECONDS``.
    """

    def __init__(self, path: Path, every_seconds: float | None = None) -> None:
        super().__init__()
        self._path = path
        self._every = CHECKPOINT_SECONDS if every_seconds is None else every_seconds
        self._last: float | None = None
        self._state: State | None = None

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        self._state = state_of(self.model)
        if self._last is None or time.monotonic() - self._last >= self._every:
            self.save()

    def _on_rollout_end(self) -> None:
        # What follows changes the weights bit by bit: until it is done there is nothing to save.
        self._state = None

    def _on_training_end(self) -> None:
        # Where a rollout was cut short, the weights are still those of its start.
        self._state = self._state or state_of(self.model)
        self.save()

    def save(self) -> None:
        """Replace the checkpoint if the learner is between rollouts; else keep the last one."""
        if self._state is not None:
            save_model(self.model, self._path, self._state)
            self._last = time.monotonic()


class EntropyDecayCallback(BaseCallback):
    """Decays the entropy bonus linearly over the run.

    With many tools a policy must keep trying all of them until it knows when each is right.

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
        seconds: wall time in all.
        seconds_before: time already spent by earlier runs.
    """

    def __init__(self, seconds: float, seconds_before: float = 0.0) -> None:
        super().__init__()
        self._seconds = seconds - seconds_before
        self._start = 0.0

    def _on_training_start(self) -> None:
        self._start = time.monotonic()

    def _on_step(self) -> bool:
        return time.monotonic() - self._start < self._seconds
