"""A run of the team's recipe from its first stage to its last."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import torch

from editenv_policies.checkpoints import only_run
from editenv_policies.evaluation import HELD_OUT_SEED, Outcome
from editenv_policies.held_out import check_environment
from editenv_policies.recipe.judge import Judge, report
from editenv_policies.recipe.settings import begin_run
from editenv_policies.recording.report import MOST, clear, save_page
from editenv_policies.recording.team import record_team
from editenv_policies.team.actor import play_side_by_side
from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import make_team_env
from editenv_policies.team.recipe.settings import TeamRecipe
from editenv_policies.team.recipe.stages import find_coordinator, fine_tune, make_start

COPIES = 25
"""Held-out tasks that a team plays side by side."""


def run(recipe: TeamRecipe, out: Path, *, resume: bool = False) -> dict[str, Any]:
    """Make what is not made yet of a run, and return its results.

    Writes to ``out``: ``clone`` and ``team`` (``TeamClone.load`` reads them), the learner's
    checkpoint ``team.zip``, ``curve.jsonl`` and ``curve.png``, TensorBoard's files,
    ``outcomes.json`` (how each held-out task went), ``results.json``, and ``report.html`` with the
    curves and the first held-out episodes, which lie in ``recordings``.

    Args:
        recipe: how.
        out: the run's folder.
        resume: go on with the run that is there; where there is none, begin one.

    Raises:
        ValueError: there is no such coordinator; ``out`` is in use by another run, or has a run
            and ``resume`` is False, or a run with other settings.
        SystemExit: a tool or a judge is down; ``resume`` goes on.
    """
    if recipe.coordinator is not None:
        find_coordinator(recipe)  # A wrong one is refused before anything is written.
    check_environment(recipe.env, recipe.environment)
    with only_run(out):
        begin_run(recipe, out, resume)
        torch.set_num_threads(recipe.threads)
        judge = Judge(recipe, out)
        start = make_start(recipe, out)
        judge.keep(recipe.start, lambda: play_held_out(recipe, start, recipe.episodes))
        team = fine_tune(recipe, out, start)
        judge.keep(recipe.end, lambda: play_held_out(recipe, team, recipe.episodes))
        results = report(recipe, out, team.notes, judge)
        folder = clear(out)
        for name, policy in {recipe.start: start, recipe.end: team}.items():
            record_held_out(recipe, policy, name, folder)
        save_page(out, f"{recipe.env}, team, seed {recipe.seed}")
        return results


def play_held_out(recipe: TeamRecipe, team: TeamClone, tasks: int) -> list[Outcome]:
    """Let a team play the first held-out tasks of the test split."""
    with ExitStack() as stack:
        envs = [
            stack.enter_context(
                closing(make_team_env(recipe.env, split="test", **recipe.arguments))
            )
            for _ in range(min(COPIES, tasks))
        ]
        return play_side_by_side(team, envs, range(HELD_OUT_SEED, HELD_OUT_SEED + tasks))


def record_held_out(recipe: TeamRecipe, team: TeamClone, name: str, folder: Path) -> None:
    """Record how a team plays the first held-out tasks."""
    with closing(make_team_env(recipe.env, split="test", **recipe.arguments)) as env:
        seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + min(recipe.episodes, MOST))
        record_team(
            env,
            recipe.env,
            name,
            seeds,
            folder,
            lambda seed: play_side_by_side(team, [env], [seed]),
        )
