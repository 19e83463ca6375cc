"""A run of the recipe from its first stage to its last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from editenv_policies.checkpoints import only_run
from editenv_policies.recipe.judge import Judge, report
from editenv_policies.recipe.settings import Recipe, begin_run
from editenv_policies.recipe.stages import fine_tune, make_start


def run(recipe: Recipe, out: Path, *, resume: bool = False) -> dict[str, Any]:
    """Make what is not made yet of a run, and return its results.

    Writes to ``out``: ``clone`` and ``coordinator`` (``Clone.load`` reads them), the learner's
    checkpoint ``model.zip``, ``curve.jsonl`` and ``curve.png``, TensorBoard's files,
    ``outcomes.json`` (how each held-out task went) and ``results.json``.

    Args:
        recipe: how.
        out: the run's folder.
        resume: go on with the run that is there; where there is none, begin one.

    Raises:
        ValueError: ``out`` is in use by another run, or has a run and ``resume`` is False, or a
            run with other settings.
        SystemExit: a tool or a judge is down; ``resume`` goes on.
    """
    with only_run(out):
        begin_run(recipe, out, resume)
        torch.set_num_threads(recipe.threads)
        judge = Judge(recipe, out)
        start = make_start(recipe, out)
        judge.model(recipe.start, start)
        coordinator = fine_tune(recipe, out, start)
        judge.model(recipe.end, coordinator)
        return report(recipe, out, coordinator.notes, judge)
