"""A run of the recipe from its first stage to its last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from editenv_policies.checkpoints import only_run
from editenv_policies.evaluation import ModelActor
from editenv_policies.held_out import check_environment
from editenv_policies.recipe.judge import Judge, report
from editenv_policies.recipe.settings import Recipe, begin_run
from editenv_policies.recipe.stages import fine_tune, make_start
from editenv_policies.recording.report import save_report


def run(recipe: Recipe, out: Path, *, resume: bool = False) -> dict[str, Any]:
    """Run the missing stages of a run, and return its results.

    Writes to ``out``: ``clone`` and ``coordinator`` (``Clone.load`` reads them), the learner's
    checkpoint ``model.zip``, ``curve.jsonl`` and ``curve.png``, TensorBoard's files,
    ``outcomes.json`` (how each held-out task went), ``results.json``, and ``report.html`` with the
    curves and the first held-out episodes, which lie in ``recordings``.

    Args:
        recipe: the settings.
        out: the run's folder.
        resume: continue the run in ``out``, or start one if there is none.

    Raises:
        ValueError: there are no such tasks or tools; ``out`` is in use by another run, or has a run
            and ``resume`` is False, or a run with other settings.
        SystemExit: a tool or a judge is down; ``resume`` continues.
    """
    check_environment(recipe.env, recipe.environment)
    with only_run(out):
        begin_run(recipe, out, resume)
        torch.set_num_threads(recipe.threads)
        judge = Judge(recipe, out)
        start = make_start(recipe, out)
        judge.model(recipe.start, start)
        coordinator = fine_tune(recipe, out, start)
        judge.model(recipe.end, coordinator)
        results = report(recipe, out, coordinator.notes, judge)
        actors = {
            recipe.start: ModelActor(start, masked=True),
            recipe.end: ModelActor(coordinator, masked=True),
        }
        title = f"{recipe.env}, seed {recipe.seed}"
        save_report(out, title, recipe.env, recipe.episodes, actors, **recipe.environment)
        return results
