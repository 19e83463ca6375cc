"""Learning that loses nothing: curve, checkpoints, and going on from them, for every learner."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import configure

from editenv.failure import ComponentDown
from editenv_policies.checkpoints import append_lines, cut_lines, discard
from editenv_policies.sb3.state import State, restore_model, save_model, state_of

CHECKPOINT, CURVE = "model.zip", "curve.jsonl"

CHECKPOINT_SECONDS = 60.0
"""How often a checkpoint is written."""

Line = dict[str, float]
"""Of the curve: steps, seconds, mean episode reward and success, and so on; or nothing yet."""

OnIteration = Callable[[Line], None]


class Learner(ABC):
    """What can learn in a run.

    What it saves is always of between two rollouts, so that a resumed run continues identically: an
    interrupted rollout is played again.

    Attributes:
        steps: made so far, over all environments.
        seconds: spent learning so far.
    """

    steps: int

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began: Any = None
        self._updating = False

    @property
    @abstractmethod
    def files(self) -> Collection[str]:
        """Names of the files of a checkpoint."""

    @abstractmethod
    def log_to(self, folder: Path) -> None:
        """Write the losses to TensorBoard files in ``folder``."""

    @abstractmethod
    def learn(
        self, steps: int, *, minutes: float | None = None, on_iteration: OnIteration | None = None
    ) -> Any:
        """Play and learn until there are so many steps.

        Args:
            steps: in all, over all environments.
            minutes: end earlier, after this wall time in all.
            on_iteration: is told a line when a rollout was learnt from; it may save.
        """

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Go on from what ``save`` wrote, as the learner that wrote it; nothing is unpickled.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file is damaged, or of another learner.
        """

    def save(self, folder: Path) -> None:
        """Replace the checkpoint; a crash on the way leaves the last good one.

        What is written is where the running rollout began. While weights are being changed there is
        nothing to write, and the last files stay.

        Raises:
            OSError: the disk is full.
        """
        if not self._updating:
            self._write(folder, self._began or self._snapshot())

    @abstractmethod
    def _snapshot(self) -> Any:
        """All but the weights, between two rollouts."""

    @abstractmethod
    def _write(self, folder: Path, snapshot: Any) -> None:
        """Write weights and a snapshot."""


def learn(
    learner: Learner,
    out: Path,
    steps: int,
    *,
    resume: bool,
    minutes: float | None = None,
    show: bool = False,
) -> None:
    """Let a new learner learn, or go on from its checkpoint; write curve, logs and checkpoints.

    A resumed run gives the same result as an unbroken one, bit for bit with one torch thread (see
    ``editenv_policies.sb3.state``), except for DQN, whose replay buffer starts empty, and for
    components that are not deterministic.

    Args:
        learner: has not learnt anything yet.
        out: the run's folder.
        steps: in all, over all environments.
        resume: go on from the checkpoint, if there is one.
        minutes: end earlier, after this wall time in all.
        show: print every line of the curve.

    Raises:
        ValueError: the checkpoint is damaged, or of another network.
        OSError: the disk is full; the previous checkpoint is kept.
        SystemExit: a tool or a judge is down; the checkpoint is saved.
    """
    if resume and _goes_on(learner, out):
        cut_lines(out / CURVE, learner.steps)
    else:
        (out / CURVE).unlink(missing_ok=True)
        for name in learner.files:
            discard(out / name)
        learner.save(out)
    learner.log_to(out / "tensorboard")
    saved = time.monotonic()

    def record(line: Line) -> None:
        nonlocal saved
        if line:
            append_lines(out / CURVE, [line])
        if line and show:
            print(line, flush=True)
        if time.monotonic() - saved >= CHECKPOINT_SECONDS:
            learner.save(out)
            saved = time.monotonic()

    try:
        learner.learn(steps, minutes=minutes, on_iteration=record)
    except ComponentDown as error:
        learner.save(out)
        raise SystemExit(f"{error}. {out} has a checkpoint: --resume goes on") from error
    except KeyboardInterrupt:
        learner.save(out)
        raise
    learner.save(out)


def _goes_on(learner: Learner, out: Path) -> bool:
    try:
        learner.load(out)
    except FileNotFoundError:
        print(f"{out} has no checkpoint yet: starting afresh", file=sys.stderr, flush=True)
        return False
    return True


class ModelLearner(Learner):
    """A model of Stable-Baselines3.

    Args:
        model: has not learnt anything yet.
        entropy: coefficient of the entropy bonus at the start and at the end: with many tools a
            policy must keep trying all of them until it knows when each is right. None leaves it.
        callbacks: more callbacks.
        values_first: share of the steps, 0 to 1, in which only values are learnt: the advantages of
            a policy that brings its weights along are noise as long as its critic is new.
        rows: of the model's environment that make one step.

    Attributes:
        model: the model.
        failures: episodes that ended without a score; to the model it looks like a step limit.
    """

    def __init__(
        self,
        model: BaseAlgorithm,
        entropy: tuple[float, float] | None = None,
        callbacks: Sequence[BaseCallback] = (),
        *,
        values_first: float = 0.0,
        rows: int = 1,
    ) -> None:
        super().__init__()
        self.model = model
        self.failures = 0
        self._entropy, self._values_first = entropy, values_first
        self._callbacks, self._rows = callbacks, rows
        self._goes_on = False

    @property
    def files(self) -> Collection[str]:
        """Name of the file of a checkpoint."""
        return (CHECKPOINT,)

    @property
    def steps(self) -> int:
        """Made so far, over all environments."""
        return self.model.num_timesteps // self._rows

    def log_to(self, folder: Path) -> None:
        """Write the losses to TensorBoard files in ``folder``."""
        self.model.set_logger(configure(str(folder), ["tensorboard"]))

    def learn(
        self, steps: int, *, minutes: float | None = None, on_iteration: OnIteration | None = None
    ) -> ModelLearner:
        """Play and learn until there are so many steps; see ``Learner``."""
        total = steps * self._rows
        watch = _Watch(self, round(self._values_first * total), minutes, on_iteration)
        self.model.learn(
            max(total - self.model.num_timesteps, 0),
            callback=CallbackList([watch, *self._callbacks]),
            progress_bar=True,
            reset_num_timesteps=not self._goes_on,
        )
        self._goes_on = True
        return self

    def load(self, folder: Path) -> None:
        """Go on from what ``save`` wrote; see ``Learner``."""
        # Episodes that the model has begun are not those of the checkpoint.
        self.model._last_obs = None
        state = restore_model(self.model, folder / CHECKPOINT)
        self.seconds, self.failures = state.get("seconds", 0.0), state.get("failures", 0)
        self._began, self._updating, self._goes_on = None, False, True

    def _snapshot(self) -> State:
        return {**state_of(self.model), "seconds": self.seconds, "failures": self.failures}

    def _write(self, folder: Path, snapshot: State) -> None:
        save_model(self.model, folder / CHECKPOINT, snapshot)


class _Watch(BaseCallback):
    """Says between which calls of SB3 a learner may be saved; limits and curve of its training."""

    def __init__(
        self,
        learner: ModelLearner,
        values_first: int,
        minutes: float | None,
        tell: OnIteration | None,
    ) -> None:
        super().__init__()
        self._learner, self._values_first, self._tell = learner, values_first, tell
        self._most = float("inf") if minutes is None else 60 * minutes
        self._start = time.monotonic() - learner.seconds
        self._line: Line | None = None

    def _on_training_start(self) -> None:
        self._let_policy_learn()

    def _let_policy_learn(self) -> None:
        if self._values_first:
            let_policy_learn(self.model.policy, self._values_first <= self.num_timesteps)

    def _on_rollout_start(self) -> None:
        self._learner._updating = False
        self._learner._began = self._learner._snapshot()
        self._report()
        if self._learner._entropy is not None:
            (start, end), model = self._learner._entropy, self.model
            model.ent_coef = end + (start - end) * model._current_progress_remaining  # type: ignore[attr-defined]

    def _on_step(self) -> bool:
        self._learner.failures += sum("failure" in info for info in self.locals.get("infos", ()))
        self._learner.seconds = time.monotonic() - self._start
        return self._learner.seconds < self._most

    def _on_rollout_end(self) -> None:
        # What follows changes the weights bit by bit: until it is done there is nothing to save.
        self._learner._began, self._learner._updating = None, True
        self._line = self._measured()
        self._let_policy_learn()

    def _on_training_end(self) -> None:
        # Where a rollout was cut short, the weights are still those of its start.
        self._learner._updating = False
        self._report()

    def _report(self) -> None:
        if self._tell is not None and self._line is not None:
            self._tell(self._line)
        self._line = None

    def _measured(self) -> Line:
        episodes = self.model.ep_info_buffer or []
        solved = self.model.ep_success_buffer or []
        if not episodes:
            return {}
        return {
            "steps": self._learner.steps,
            "seconds": round(self._learner.seconds, 1),
            "reward": round(float(np.mean([episode["r"] for episode in episodes])), 4),
            "success": round(float(np.mean(solved)), 4) if solved else 0.0,
            "failures": self._learner.failures,
        }


def let_policy_learn(policy: Any, learns: bool) -> None:
    """Let all of an actor-critic policy learn, or only its values."""
    for part in (policy.features_extractor, policy.action_net):
        part.requires_grad_(learns)
