"""The last stage: how often the policies of a run solve the same held-out tasks."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from editenv_policies.baselines import OracleActor, PipelineActor
from editenv_policies.checkpoints import write_text
from editenv_policies.comparison import Paired, compare
from editenv_policies.evaluation import HELD_OUT_SEED, Actor, Outcome, score
from editenv_policies.floors.run import versions
from editenv_policies.floors.settings import fingerprint_of
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation import Clone
from editenv_policies.report import markdown_table

OUTCOMES, RESULTS = "outcomes.json", "results.json"


class Judged(Protocol):
    """What a judge needs from a recipe; the last four are names in tables."""

    @property
    def env(self) -> str:
        """A registered id."""
        ...

    @property
    def environment(self) -> dict[str, Any]:
        """The arguments that ``--tasks`` and ``--tools`` set."""
        ...

    @property
    def episodes(self) -> int:
        """Number of held-out tasks."""
        ...

    @property
    def seed(self) -> int:
        """The seed of the run."""
        ...

    @property
    def command(self) -> str:
        """The command that repeats the run."""
        ...

    @property
    def start(self) -> str:
        """The policy before fine-tuning."""
        ...

    @property
    def end(self) -> str:
        """The policy after fine-tuning."""
        ...

    @property
    def scripted(self) -> str:
        """The hand-written baseline."""
        ...

    @property
    def oracle(self) -> str:
        """The upper bound."""
        ...


class Judge:
    """Lets policies play the held-out tasks of a run, and saves the outcome of each task.

    Args:
        recipe: of the run.
        out: its folder, where outcomes are saved.
    """

    def __init__(self, recipe: Judged, out: Path) -> None:
        self._recipe, self._path = recipe, out / OUTCOMES
        self.held_out = HeldOut(recipe.env, recipe.episodes, arguments=recipe.environment)
        saved = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.outcomes = {name: [Outcome(*row) for row in rows] for name, rows in saved.items()}

    def model(self, name: str, model: Clone) -> None:
        """Judge a network, unless it has been judged before."""
        self.keep(name, lambda: self.held_out.play_model(model))

    def actor(self, name: str, actor: Actor) -> None:
        """Judge a baseline, unless it has been judged before."""
        self.keep(name, lambda: self.held_out.play(actor))

    def paired(self) -> Paired:
        """Compare the end of fine-tuning with its start."""
        return compare(self.outcomes[self._recipe.start], self.outcomes[self._recipe.end])

    def keep(self, name: str, play: Callable[[], list[Outcome]]) -> None:
        """Let ``play`` play the held-out tasks, unless their outcomes are known."""
        if name not in self.outcomes:
            self.outcomes[name] = play()
            write_text(self._path, json.dumps(self.outcomes) + "\n")
        print(f"{name}: {score(self.outcomes[name])}", flush=True)


def report(recipe: Judged, out: Path, notes: dict[str, Any], judge: Judge) -> dict[str, Any]:
    """Judge the baselines too, write ``results.json`` and print the table; return the results.

    Args:
        recipe: of the run.
        out: its folder.
        notes: how the final policy was made.
        judge: has judged the start and the end of fine-tuning.
    """
    judge.actor(recipe.scripted, PipelineActor())
    judge.actor(recipe.oracle, OracleActor())
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
