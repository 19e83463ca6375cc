"""Whose mistakes cost a cloned team its tasks, and whether its interpreter knows what is done.

    python benchmarks/team_errors.py runs/team --stage clone
    python benchmarks/team_errors.py runs/team --split train --json errors.json

Plays held-out tasks with what ``examples/train_team.py`` has left in a folder, and measures every
decision against the ground truth (``editenv.agents.scores``). A task that was not solved is put
down to the first wrong decision that no critic has taken back.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from editenv_policies.arguments import Parser, at_least, existing, new_file, run_main
from editenv_policies.evaluation import HELD_OUT_SEED, score
from editenv_policies.recipe.settings import CLONE
from editenv_policies.recipe.team import TEAM
from editenv_policies.team.imitation import TeamClone
from editenv_policies.team.imitation.collect import make_team_env

from editenv.agents.roles import ROLES
from editenv.agents.scores import RoundScores, right_verdict, tuple_f1
from editenv.tasks import SPLITS

RIGHT = {"grounder": 0.5}
"""The least score of a right decision, where it is not 1: no proposal fits its thing exactly."""


@dataclass
class Errors:
    """What was found.

    Attributes:
        turns: how many each role had.
        wrong: how many of them were wrong.
        verdicts: wrong ones of the critic, as ``"right verdict -> verdict"``.
        blamed: by role, tasks that were not solved; ``""`` where nobody's decision was wrong.
        resumed: interpreter's turns at which something was done and something left to do.
        repeated: how many of these named something that was done, and nothing that was left.
        idle: rounds that made no call.
        outcomes: of the tasks.
    """

    turns: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    blamed: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    repeated: int = 0
    idle: int = 0
    outcomes: list[tuple[bool, float, int]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        counts = {name: dict(getattr(self, name).most_common()) for name in COUNTERS}
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return {"score": score(self.outcomes).as_json(), **counts, **numbers}


COUNTERS = ("turns", "wrong", "verdicts", "blamed")
NUMBERS = ("resumed", "repeated", "idle")


def play(env: Any, team: TeamClone, seed: int, errors: Errors) -> None:
    """Play an episode and note what was wrong."""
    env.reset(seed=seed)
    rounds, workspace = env.rounds, env.rounds.base.workspace
    first = ""
    while not rounds.over:
        role = env.role_of(env.agent_selection)
        if role == ROLES[0]:
            scores, before = RoundScores(workspace), workspace.state
            calls = len(workspace.history)
        action, _ = team.predict(env.observe(env.agent_selection))
        numbers = env.uniform.to_role(role, int(action), rounds.view.regions)
        decision = rounds.interface.parse(role, numbers)
        if role == ROLES[0]:
            _note_repetition(workspace, decision, errors)
        errors.turns[role] += 1
        if scores.score(role, rounds.view, decision) < RIGHT.get(role, 1.0):
            errors.wrong[role] += 1
            first = first or role
            if role == "critic":
                right = right_verdict(before, workspace.state)
                errors.verdicts[f"{right} -> {decision}"] += 1
        if role == "critic" and decision == "undo":
            first = ""
        env.step(int(action))
        errors.idle += role == "critic" and len(workspace.history) == calls
    solved = bool(rounds.info({})["is_success"])
    errors.outcomes.append((solved, rounds.team_return, len(workspace.history)))
    if not solved:
        errors.blamed[first] += 1


def _note_repetition(workspace: Any, intent: Any, errors: Errors) -> None:
    verdict, edits = workspace.state.verdict, workspace.task.sub_edits
    fits = [tuple_f1(intent, edit) == 1.0 for edit in edits]
    if any(verdict.done) and not all(verdict.done):
        pairs = list(zip(fits, verdict.done, strict=True))
        errors.resumed += 1
        errors.repeated += any(fit and done for fit, done in pairs) and not any(
            fit and not done for fit, done in pairs
        )


def measure(arguments: argparse.Namespace) -> Errors:
    """Play all tasks."""
    team, errors = TeamClone.load(arguments.run / arguments.stage), Errors()
    made = {**team.notes["arguments"], "split": arguments.split}
    with closing(make_team_env(team.notes["env"], **made)) as env:
        for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + arguments.episodes):
            play(env, team, seed, errors)
    return errors


def main() -> None:
    """Measure; print a table."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=existing, help="--out of examples/train_team.py")
    parser.add_argument("--stage", default=TEAM, choices=(CLONE, TEAM), help="before RL, or after")
    parser.add_argument("--split", default="test", choices=SPLITS)
    parser.add_argument("--episodes", type=at_least(1), default=500)
    parser.add_argument("--json", type=new_file, default=None, help="a file to write")
    arguments = parser.parse_args()
    if not (Path(arguments.run) / arguments.stage).is_dir():
        parser.error(f"{arguments.run} has no {arguments.stage!r}")
    errors = measure(arguments)
    print(f"solved: {score(errors.outcomes)} of {arguments.episodes}, {arguments.split}\n")
    print("| role | wrong decisions | unsolved tasks put down to it |\n|---|---|---|")
    for role in ROLES:
        share = 100 * errors.wrong[role] / errors.turns[role]
        print(f"| {role} | {share:.1f} % of {errors.turns[role]} | {errors.blamed[role]} |")
    print(f"\nnobody wrong: {errors.blamed['']}; critic: {dict(errors.verdicts.most_common())}")
    print(f"something done, something left: {errors.resumed} rounds; a done one {errors.repeated}")
    print(f"rounds without a call: {errors.idle}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(errors.as_json(), indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
