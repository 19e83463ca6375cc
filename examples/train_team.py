"""Train a team of agents: clone oracles and fine-tune all roles together, or learn from scratch.

    python examples/train_team.py --env ImageEdit-v0 --out runs/team
    python examples/train_team.py --coordinator trained --out runs/from_coordinator
    python examples/train_team.py --from-scratch --reward difference --sharing independent
    python examples/train_team.py --from-scratch --learned critic --agents oracle --out runs/critic
    python examples/train_team.py --from-scratch --turns parallel --out runs/together
    python examples/train_team.py --smoke --out runs/smoke

``--minutes`` limits the stages. After a crash or Ctrl-C, the same command with ``--resume``
continues where it stopped, in any stage. ``docs/team.md`` says what is written to ``--out``.

``--from-scratch`` writes ``team.zip``, one file per agent, or ``model.zip`` where all act at once
(checkpoint, replaced every minute), ``curve.jsonl``, TensorBoard logs, ``curve.png``,
``results.json`` and ``report.html``, which shows the curves and held-out episodes step by step.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from editenv_policies.arguments import (
    KEPT,
    Parser,
    add_environment_arguments,
    at_least,
    environment_of,
    fill_in,
    parse_run,
    run_main,
)
from editenv_policies.baselines import PipelineActor
from editenv_policies.evaluation import HELD_OUT_SEED, score
from editenv_policies.held_out import HeldOut
from editenv_policies.recipe import run
from editenv_policies.recipe.settings import RECIPE
from editenv_policies.recipe.team import TeamRecipe
from editenv_policies.recording.play import record
from editenv_policies.recording.report import MOST, clear, exhaust, save_page
from editenv_policies.recording.team import record_team
from editenv_policies.report import markdown_table, read_json_lines, save_curve
from editenv_policies.sb3.learning import CURVE, Learner, learn
from editenv_policies.sb3.runs import run_alone
from editenv_policies.team import TeamLearner, TeamPlayer, learner_at_once
from editenv_policies.team.learner import SHARING

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES
from editenv.envs.credit import CREDITS

FULL = {
    "demonstrations": 12_000,
    "minutes": (6.0, 14.0, 16.0),
    "rounds": 60_000,
    "num_envs": 32,
    "width": 96,
    "episodes": 500,
}
SMOKE = {
    "demonstrations": 20,
    "minutes": (0.1, 0.1, 1.0),
    "rounds": 128,
    "num_envs": 4,
    "width": 32,
    "episodes": 10,
}
"""Defaults of the arguments."""

SCRATCH_FULL = {"rounds": 25_600, "num_envs": 32, "episodes": 500}
SCRATCH_SMOKE = {"rounds": 128, "num_envs": 4, "episodes": 10}
"""Defaults for learning from scratch."""

TURNS = ("aec", "parallel")

ONLY_SCRATCH = {
    "turns": "aec",
    "sharing": "shared",
    "reward": "team",
    "learned": list(ROLES),
    "agents": "scripted",
    "train_rounds": 2,
}
"""Settings of every cloned team: its members share a policy and act turn by turn."""

ONLY_CLONE = {"coordinator": None, "demonstrations": None, "width": None}


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    add_environment_arguments(parser)
    parser.add_argument("--out", type=Path, default=Path("runs/team"), help="output folder")
    parser.add_argument(
        "--minutes",
        type=float,
        nargs=3,
        default=None,
        metavar=("COLLECT", "CLONE", "RL"),
        help="most minutes of each stage: processor time, but wall time for RL; from scratch "
        "only the last counts",
    )
    parser.add_argument(
        "--demonstrations", type=at_least(1), default=None, help="episodes of the oracles"
    )
    parser.add_argument(
        "--coordinator",
        default=None,
        metavar="FOLDER",
        help="a cloned coordinator whose weights the clone starts from, or 'trained'",
    )
    parser.add_argument("--width", type=at_least(1), default=None, help="width of the network")
    parser.add_argument("--rounds", type=at_least(1), default=None, help="most rounds of RL")
    parser.add_argument("--num-envs", type=at_least(1), default=None)
    parser.add_argument(
        "--episodes", type=at_least(1), default=None, help="held-out episodes at the end"
    )
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    parser.add_argument("--resume", action="store_true", help="continue the run in --out")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    add_scratch_arguments(parser)
    return parser


def add_scratch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--from-scratch`` and the arguments that need it."""
    group = parser.add_argument_group("learning from scratch")
    group.add_argument("--from-scratch", action="store_true", help="learn without demonstrations")
    group.add_argument(
        "--turns", default="aec", choices=TURNS, help="turn by turn, or all agents at once"
    )
    group.add_argument("--sharing", default="shared", choices=SHARING)
    group.add_argument("--reward", default="team", choices=CREDITS)
    group.add_argument("--learned", nargs="+", default=list(ROLES), choices=ROLES)
    group.add_argument("--agents", default="scripted", help="who plays the others")
    group.add_argument(
        "--train-rounds", type=at_least(1), default=2, help="rounds per training episode"
    )


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = make_parser()
    arguments = parser.parse_args()
    out: Path = arguments.out
    if arguments.from_scratch or (arguments.resume and (out / KEPT).is_file()):
        arguments = parse_run(parser, SCRATCH_FULL, SCRATCH_SMOKE)
        refuse(parser, arguments, ONLY_CLONE, "not with")
    else:
        if arguments.resume and not (out / RECIPE).is_file():
            parser.error(f"--resume: {out} has no run to go on with")
        arguments = fill_in(arguments, FULL, SMOKE)
        refuse(parser, arguments, ONLY_SCRATCH, "only with")
    if arguments.turns == "parallel" and arguments.sharing != "shared":
        parser.error("--turns parallel: all agents share one policy, leave --sharing out")
    return arguments


def refuse(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace, usual: dict[str, Any], why: str
) -> None:
    """End with status 2 where an argument is another than the usual one."""
    for name, value in usual.items():
        given = getattr(arguments, name)
        if given != value:
            words = " ".join(given) if isinstance(given, list) else given
            parser.error(f"--{name.replace('_', '-')} {words}: {why} --from-scratch")


def clone_and_tune(arguments: argparse.Namespace) -> None:
    """Run the recipe."""
    given = {field.name: getattr(arguments, field.name) for field in fields(TeamRecipe)}
    recipe = TeamRecipe(**{**given, "minutes": tuple(arguments.minutes)})
    run(recipe, arguments.out, resume=arguments.resume)


def make_team(arguments: argparse.Namespace, **changes: Any) -> Any:
    """Build the environment that the arguments ask for."""
    make = image_edit_v0.raw_env if arguments.turns == "aec" else image_edit_v0.parallel_env
    return make(
        arguments.env,
        learned=tuple(arguments.learned),
        agents=arguments.agents,
        uniform_spaces="flat",
        **environment_of(arguments.tasks, arguments.tools),
        **changes,
    )


def learn_from_scratch(arguments: argparse.Namespace) -> None:
    """Learn, evaluate, report."""
    settings: dict[str, Any] = {"num_envs": arguments.num_envs, "seed": arguments.seed}
    if arguments.smoke:
        settings |= {"n_steps": 8, "n_epochs": 1}

    def make() -> Any:
        return make_team(arguments, reward=arguments.reward, max_cycles=arguments.train_rounds)

    team = make_team(arguments, split="test")
    if arguments.turns == "parallel":
        learner = learner_at_once(make, **settings)
        models = dict.fromkeys(team.possible_agents, learner.model)
    else:
        learner = TeamLearner(make, sharing=arguments.sharing, **settings)
        models = learner.models
    minutes = None if arguments.minutes is None else arguments.minutes[2]
    limits = {"resume": arguments.resume, "minutes": minutes}
    learn(learner, arguments.out, arguments.rounds, show=arguments.turns == "aec", **limits)
    report(arguments, learner, team, TeamPlayer(models))


def report(arguments: argparse.Namespace, learner: Learner, team: Any, player: TeamPlayer) -> None:
    """Evaluate; write and print the results, and the run's page."""
    seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + arguments.episodes)
    given = environment_of(arguments.tasks, arguments.tools)
    scripted = HeldOut(arguments.env, arguments.episodes, arguments=given)
    scores = {
        "team": score(player.play(team, seed) for seed in seeds),
        "scripted team": score(scripted.play(PipelineActor())),
    }
    title = f"{arguments.env}, {arguments.sharing}, {arguments.reward}, seed {arguments.seed}"
    save_curve(read_json_lines(arguments.out / CURVE), arguments.out / "curve.png", title)
    results = {
        **{key: str(value) for key, value in vars(arguments).items()},
        "rounds": learner.steps,
        "training_seconds": round(learner.seconds, 1),
        "scores": {name: vars(found) for name, found in scores.items()},
    }
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{title}: {learner.steps} rounds in {learner.seconds / 60:.1f} min")
    print(f"{arguments.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")
    folder, few = clear(arguments.out), seeds[:MOST]
    record_team(team, arguments.env, "team", few, folder, lambda seed: player.play(team, seed))
    exhaust(record(replace(scripted, tasks=len(few)), "scripted team", PipelineActor(), folder))
    save_page(arguments.out, title)


def main() -> None:
    """Train, evaluate, report."""
    arguments = parse_arguments()
    if arguments.from_scratch:
        run_alone(arguments, learn_from_scratch)
    else:
        clone_and_tune(arguments)


if __name__ == "__main__":
    run_main(main, stopped="stopped: the same command with --resume goes on")
