"""The last stage: how often the policies of a run solve the same held-out tasks."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from editenv_policies.baselines import OracleActor, PipelineActor
from editenv_policies.checkpoints import write_text
from editenv_policies.comparison import Paired, compare
from editenv_policies.evaluation import HELD_OUT_SEED, Actor, Outcome, score
from editenv_policies.floors.run import versions
from editenv_policies.floors.settings import fingerprint_of
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation.saved import SavedPolicy
from editenv_policies.recipe.settings import Recipe
from editenv_policies.report import markdown_table

OUTCOMES, RESULTS = "outcomes.json", "results.json"


class Judge:
    """Lets policies play the held-out tasks of a run, and saves the outcome of each task.

    Args:
        recipe: of the run.
        out: its folder, where outcomes are saved.
    """

    def __init__(self, recipe: Recipe, out: Path) -> None:
        self._recipe, self._path = recipe, out / OUTCOMES
        self.held_out = HeldOut(recipe.env, recipe.episodes, arguments=recipe.environment)
        saved = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.outcomes = {name: [Outcome(*row) for row in rows] for name, rows in saved.items()}

    def policy(self, name: str, policy: SavedPolicy) -> None:
        """Judge a policy, unless it has been judged before."""
        self._keep(name, lambda: self._recipe.play(policy, self.held_out))

    def actor(self, name: str, actor: Actor) -> None:
        """Judge a baseline, unless it has been judged before."""
        self._keep(name, lambda: self.held_out.play(actor))

    def paired(self) -> Paired:
        """Compare the end of fine-tuning with its start."""
        return compare(self.outcomes[self._recipe.start], self.outcomes[self._recipe.end])

    def _keep(self, name: str, play: Callable[[], list[Outcome]]) -> None:
        if name not in self.outcomes:
            self.outcomes[name] = play()
            write_text(self._path, json.dumps(self.outcomes) + "\n")
        print(f"{name}: {score(self.outcomes[name])}", flush=True)


def report(recipe: Recipe, out: Path, notes: dict[str, Any], judge: Judge) -> dict[str, Any]:
    """Judge the baselines too, write ``results.json`` and print the table; return the results.

    Args:
        recipe: of the run.
        out: its folder.
        notes: how the final policy was made.
        judge: has judged the start and the end of fine-tuning.
    """
    judge.actor(recipe.SCRIPTED, PipelineActor())
    judge.actor(recipe.ORACLE, OracleActor())
    scores = {name: score(outcomes) for name, outcomes in judge.outcomes.items()}
    paired = judge.paired()
    with closing(judge.held_out.make()) as env:
        fingerprint = fingerprint_of(env, HELD_OUT_SEED)
    results = {
        "env": recipe.env,
        "command": recipe.command,
        "seed": recipe.seed,
        "notes": notes,
        "held_out": {
            "split": judge.held_out.split,
            "first_seed": HELD_OUT_SEED,
            "tasks": recipe.episodes,
        },
        "environment": fingerprint,
        "versions": versions(),
        "scores": {name: score.as_json() for name, score in scores.items()},
        "paired": {"first": recipe.start, "second": recipe.end, **paired.as_json()},
    }
    write_text(out / RESULTS, json.dumps(results, indent=1) + "\n")
    print(f"{recipe.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")
    print(f"{recipe.end} against {recipe.start}, same tasks: {paired}")
    return results
