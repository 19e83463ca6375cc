"""The last stage: how often the policies of a run solve held-out tasks, on the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode

from policies.baselines import OracleActor, PipelineActor
from policies.comparison import Paired, compare
from policies.evaluation import (
    HELD_OUT_SEED,
    Actor,
    Outcome,
    play_all,
    play_side_by_side,
    score,
)
from policies.floors.run import versions
from policies.floors.settings import fingerprint_of
from policies.imitation import Clone
from policies.imitation.parts import write_text
from policies.recipe.settings import Recipe
from policies.report import markdown_table

COPIES = 50
"""Held-out tasks that are played side by side."""

OUTCOMES, RESULTS = "outcomes.json", "results.json"


class Judge:
    """Lets policies play the held-out tasks of a run, and keeps how each task went.

    Args:
        recipe: of the run.
        out: its folder, where outcomes are kept.
    """

    def __init__(self, recipe: Recipe, out: Path) -> None:
        self._recipe, self._path = recipe, out / OUTCOMES
        saved = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.outcomes = {name: [Outcome(*row) for row in rows] for name, rows in saved.items()}

    def model(self, name: str, model: Clone) -> None:
        """Judge a network, if it was not judged before."""
        self._keep(name, lambda: self._side_by_side(model))

    def actor(self, name: str, actor: Actor) -> None:
        """Judge a baseline, if it was not judged before."""
        self._keep(name, lambda: self._one_by_one(actor))

    def paired(self) -> Paired:
        """Compare the end of fine-tuning with its start."""
        return compare(self.outcomes[self._recipe.start], self.outcomes[self._recipe.end])

    def _keep(self, name: str, play: Callable[[], list[Outcome]]) -> None:
        if name not in self.outcomes:
            self.outcomes[name] = play()
            write_text(self._path, json.dumps(self.outcomes) + "\n")
        print(f"{name}: {score(self.outcomes[name])}", flush=True)

    def _side_by_side(self, model: Clone) -> list[Outcome]:
        episodes = self._recipe.episodes
        envs = gymnasium.make_vec(
            self._recipe.env,
            num_envs=min(COPIES, episodes),
            split="test",
            autoreset_mode=AutoresetMode.DISABLED,
        )
        with closing(envs):
            return play_side_by_side(model, envs, episodes)

    def _one_by_one(self, actor: Actor) -> list[Outcome]:
        with closing(_held_out(self._recipe)) as env:
            return play_all(actor, env, self._recipe.episodes)


def report(recipe: Recipe, out: Path, coordinator: Clone, judge: Judge) -> dict[str, Any]:
    """Judge the baselines too, write ``results.json`` and print the table; return the results."""
    judge.actor("pipeline", PipelineActor())
    judge.actor("oracle", OracleActor())
    scores = {name: score(outcomes) for name, outcomes in judge.outcomes.items()}
    paired = judge.paired()
    with closing(_held_out(recipe)) as env:
        fingerprint = fingerprint_of(env, HELD_OUT_SEED)
    results = {
        "env": recipe.env,
        "command": recipe.command,
        "seed": recipe.seed,
        "notes": coordinator.notes,
        "held_out": {"split": "test", "first_seed": HELD_OUT_SEED, "tasks": recipe.episodes},
        "environment": fingerprint,
        "versions": versions(),
        "scores": {
            name: {**vars(score), "rate": score.rate, "interval": score.interval}
            for name, score in scores.items()
        },
        "paired": {"first": recipe.start, "second": recipe.end, **paired.as_json()},
    }
    write_text(out / RESULTS, json.dumps(results, indent=1) + "\n")
    print(f"{recipe.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")
    print(f"{recipe.end} against {recipe.start}, same tasks: {paired}")
    return results


def _held_out(recipe: Recipe) -> gymnasium.Env:
    return gymnasium.make(recipe.env, split="test", disable_env_checker=True)
