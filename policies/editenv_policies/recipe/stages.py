"""The stages of a recipe; each saves its result in the run's folder and is not run twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from editenv.encoders.static import StaticTextEncoder
from editenv_policies.checkpoints import discard, is_saved, only_run
from editenv_policies.imitation.parts import remove
from editenv_policies.imitation.saved import SavedPolicy
from editenv_policies.imitation.training import TrainSettings, train
from editenv_policies.recipe.judge import Judge, report
from editenv_policies.recipe.settings import CLONE, Recipe, begin_run
from editenv_policies.recording.report import clear, save_page
from editenv_policies.report import read_json_lines, save_curve
from editenv_policies.sb3.learning import CURVE
from editenv_policies.sb3.synonyms import Synonyms

DEMONSTRATIONS, TRAINING = "demonstrations", "clone.pt"
"""What is there while it is needed: parts of the collection, the clone's checkpoint."""


def run(recipe: Recipe, out: Path, *, resume: bool = False) -> dict[str, Any]:
    """Run the missing stages of a run, and return its results.

    Writes to ``out``: ``clone`` and ``coordinator`` or ``team`` (``recipe.POLICY.load`` reads
    them), the learner's checkpoint, ``curve.jsonl`` and ``curve.png``, TensorBoard's files,
    ``outcomes.json`` (how each held-out task went), ``results.json``, and ``report.html`` with the
    curves and the first held-out episodes, which lie in ``recordings``.

    Args:
        recipe: the settings.
        out: the run's folder.
        resume: continue the run in ``out``, or start one if there is none.

    Raises:
        ValueError: there are no such tasks, tools or coordinator; ``out`` is in use by another run,
            or has a run and ``resume`` is False, or a run with other settings.
        SystemExit: a tool or a judge is down; ``resume`` continues.
    """
    recipe.check()
    with only_run(out):
        begin_run(recipe, out, resume)
        torch.set_num_threads(recipe.threads)
        judge = Judge(recipe, out)
        start = make_start(recipe, out)
        judge.policy(recipe.start, start)
        end = fine_tune(recipe, out, start)
        judge.policy(recipe.end, end)
        results = report(recipe, out, end.notes, judge)
        folder = clear(out)
        for name, policy in {recipe.start: start, recipe.end: end}.items():
            recipe.record(policy, name, folder)
        save_page(out, recipe.title)
        return results


def make_start(recipe: Recipe, out: Path) -> SavedPolicy:
    """Return the policy that fine-tuning starts from: a clone, or an untrained one."""
    if is_saved(out / CLONE):
        return recipe.POLICY.load(out / CLONE)
    torch.manual_seed(recipe.seed)
    start = recipe.untrained()
    if recipe.clones:
        data = recipe.demonstrate(out / DEMONSTRATIONS)
        print(f"{data.count} episodes, {len(data)} moments", flush=True)
        done = train(
            recipe.LESSONS(start, data),
            TrainSettings(rate=recipe.rate, seconds=60 * recipe.minutes[1]),
            seed=recipe.seed,
            checkpoint=out / TRAINING,
            synonyms=Synonyms(data.words, StaticTextEncoder().vocabulary()),
        )
        print(f"{done.updates} updates in {done.seconds:.0f} s, losses {done.losses}", flush=True)
        start.notes |= recipe.notes_on(data, done)
    start.save(out / CLONE)
    remove(out / DEMONSTRATIONS)
    discard(out / TRAINING)
    return start


def fine_tune(recipe: Recipe, out: Path, start: SavedPolicy) -> SavedPolicy:
    """Fine-tune with reinforcement learning; ``start`` is not changed."""
    if is_saved(out / recipe.FOLDER):
        return recipe.POLICY.load(out / recipe.FOLDER)
    policy, notes = recipe.tune(start, out)
    end = recipe.POLICY.load(out / CLONE)
    end.take_from(policy)
    end.notes = {**start.notes, **notes}
    end.save(out / recipe.FOLDER)
    save_curve(read_json_lines(out / CURVE), out / "curve.png", recipe.title)
    return end
