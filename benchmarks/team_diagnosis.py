"""Why a team solves what it solves: whose mistakes cost it, and at how many edits it gives out.

    python benchmarks/team_diagnosis.py members --env ImageEdit-v0
    python benchmarks/team_diagnosis.py edits --team runs/interpreter --learned interpreter

``members`` trains nothing: the scripted team with an oracle in one role, and the other way around.
``edits`` splits the tasks of the test split by their number of edits, for the scripted team and for
one that ``examples/train_team.py`` has left in a folder.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium
from editenv_policies.arguments import Parser, at_least, existing, run_main
from editenv_policies.baselines import TeamActor
from editenv_policies.evaluation import HELD_OUT_SEED, evaluate
from editenv_policies.team import TeamLearner, TeamPlayer

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES, oracle_team, scripted_team
from editenv.workspace import CONTROLS, Workspace

Play = Callable[[int], tuple[bool, Workspace]]
"""Plays the episode of a seed."""


def compare_members(arguments: argparse.Namespace) -> None:
    """Print a table: success with one member exchanged."""
    env = gymnasium.make(arguments.env, split="test", disable_env_checker=True)
    scripted, oracle = scripted_team(), oracle_team()

    def rate(team: Any) -> str:
        found = evaluate(TeamActor(team), env, arguments.episodes)
        return f"{100 * found.successes / found.episodes:.1f} %"

    print(f"{arguments.env}, all scripted: {rate(scripted)}\n")
    print("| role | oracle among scripted | scripted among oracle |\n|---|---|---|")
    for role in ROLES:
        better = replace(scripted, **{role: getattr(oracle, role)})
        worse = replace(oracle, **{role: getattr(scripted, role)})
        print(f"| {role} | {rate(better)} | {rate(worse)} |", flush=True)


def split_by_edits(arguments: argparse.Namespace) -> None:
    """Print a line for each number of edits, and how the failures ended."""
    plays: dict[str, Play] = {"scripted": play_scripted(arguments.env)}
    if arguments.team is not None:
        plays[str(arguments.team)] = play_learned(arguments)
    for name, play in plays.items():
        solved, ends = defaultdict(list), defaultdict(Counter)
        for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + arguments.episodes):
            success, workspace = play(seed)
            edits = len(workspace.task.sub_edits)
            solved[edits].append(success)
            if not success:
                ends[edits][how_it_ended(workspace)] += 1
        for edits, found in sorted(solved.items()):
            share = f"{100 * sum(found) / len(found):.1f} % of {len(found)}"
            print(f"{name}, {edits} edits: {share}; failures: {dict(ends[edits].most_common(4))}")


def how_it_ended(workspace: Workspace) -> str:
    """A failed episode in a few words."""
    done = sum(workspace.state.verdict.done)
    calls = [call for call in workspace.history if call.tool not in CONTROLS]
    end = "handed in" if workspace.submitted else "never handed in"
    repeated = len(calls) - len(set(calls))
    return f"{end}, {done} done" + (", calls repeated" if repeated else "")


def play_scripted(env_id: str) -> Play:
    """The scripted team, with the coordinator's interface."""
    env: Any = gymnasium.make(env_id, split="test", disable_env_checker=True)
    actor = TeamActor(scripted_team())

    def play(seed: int) -> tuple[bool, Workspace]:
        observation, info = env.reset(seed=seed)
        actor.reset(env)
        over = False
        while not over:
            action = actor.act(observation, env)
            observation, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated
        return info["is_success"], env.unwrapped.workspace

    return play


def play_learned(arguments: argparse.Namespace) -> Play:
    """A team from ``examples/train_team.py``, turn by turn."""

    def make(**changes: Any) -> Any:
        return image_edit_v0.raw_env(
            arguments.env,
            learned=tuple(arguments.learned),
            agents=arguments.agents,
            uniform_spaces="flat",
            **changes,
        )

    learner = TeamLearner(lambda: make(max_cycles=2), sharing=arguments.sharing, num_envs=1)
    learner.load_weights(arguments.team)
    actor, env = TeamPlayer(learner.models), make(split="test")

    def play(seed: int) -> tuple[bool, Workspace]:
        success, _, _ = actor.play(env, seed)
        return success, env.unwrapped.rounds.base.workspace

    return play


def main() -> None:
    """Measure what is asked for."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("members", "edits"))
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--episodes", type=at_least(1), default=500)
    parser.add_argument(
        "--team", type=existing, default=None, help="--out of examples/train_team.py"
    )
    parser.add_argument("--learned", nargs="+", default=list(ROLES), choices=ROLES)
    parser.add_argument("--agents", default="scripted", help="who plays the others")
    parser.add_argument("--sharing", default="shared", choices=("shared", "independent"))
    arguments = parser.parse_args()
    {"members": compare_members, "edits": split_by_edits}[arguments.what](arguments)


if __name__ == "__main__":
    run_main(main)
