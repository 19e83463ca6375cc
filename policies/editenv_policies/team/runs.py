"""A team's learning that loses nothing: curve, checkpoints, and going on from them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from editenv_policies.checkpoints import (
    append_lines,
    cut_lines,
    discard,
    goes_on,
    saved_when_stopped,
)
from editenv_policies.team.learner import TeamLearner
from editenv_policies.team.together import TogetherLearner

CHECKPOINT_SECONDS = 60.0
"""How often a checkpoint is written."""

CURVE = "curve.jsonl"

Learner = TeamLearner | TogetherLearner


def learn(learner: Learner, out: Path, rounds: int, *, resume: bool, **arguments: Any) -> None:
    """Let a new learner learn, or go on from the checkpoint; write both to ``out``.

    Args:
        learner: has not learnt anything yet.
        out: a folder for checkpoint, curve and TensorBoard's files.
        rounds: in all, over all environments.
        resume: go on from the checkpoint, if there is one.
        arguments: of ``learner.learn``.

    Raises:
        ValueError: the checkpoint is damaged, or of another network.
        OSError: the disk is full.
        SystemExit: a tool or a judge is down; the checkpoint is saved.
    """
    if resume and goes_on(lambda: learner.load(out), out):
        cut_lines(out / CURVE, learner.num_rounds)
    else:
        (out / CURVE).unlink(missing_ok=True)
        for name in learner.files:
            discard(out / name)
        learner.save(out)
    learner.log_to(out / "tensorboard")
    with saved_when_stopped(lambda: learner.save(out), out):
        learner.learn(rounds, on_iteration=_Recorder(learner, out), **arguments)
    learner.save(out)


class _Recorder:
    """Writes the curve, and a checkpoint now and then."""

    def __init__(self, learner: Learner, out: Path) -> None:
        self._learner, self._out = learner, out
        self._saved = time.monotonic()

    def __call__(self, line: dict[str, float]) -> None:
        """Append a line; save when it is time."""
        append_lines(self._out / CURVE, [line])
        print(line, flush=True)
        if time.monotonic() - self._saved > CHECKPOINT_SECONDS:
            self._learner.save(self._out)
            self._saved = time.monotonic()
