"""Train a team of agents, or some of its roles, and compare it with the scripted team.

    python examples/train_team.py --env ImageEdit-Direct-v0 --minutes 30 --out runs/team
    python examples/train_team.py --reward difference --sharing independent --out runs/difference
    python examples/train_team.py --learned critic --agents oracle --out runs/critic
    python examples/train_team.py --turns parallel --out runs/together
    python examples/train_team.py --smoke --out runs/smoke

Writes to ``--out``: ``team.zip``, ``together.zip`` or one file an agent (checkpoint, replaced every
minute), ``curve.jsonl``, TensorBoard logs, ``curve.png`` and ``results.json``. ``--resume`` goes on
from the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES
from editenv.envs.credit import CREDITS
from editenv.failure import ComponentDown
from policies.arguments import Parser, at_least, parse_run, run_main
from policies.baselines import PipelineActor
from policies.checkpoints import append_lines, cut_lines, discard
from policies.evaluation import HELD_OUT_SEED, Score, evaluate, score
from policies.report import markdown_table, read_json_lines, save_curve
from policies.sb3.runs import run_alone
from policies.team import TeamActor, TeamLearner, TogetherLearner
from policies.team.learner import SHARING

FULL = {"rounds": 25_600, "num_envs": 32, "episodes": 500}
SMOKE = {"rounds": 128, "num_envs": 4, "episodes": 10}
"""What the arguments are when they are not given."""

TURNS = ("aec", "parallel")

CHECKPOINT_SECONDS = 60.0

CURVE = "curve.jsonl"


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Direct-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument(
        "--turns", default="aec", choices=TURNS, help="turn by turn, or all agents at once"
    )
    parser.add_argument("--sharing", default="shared", choices=SHARING)
    parser.add_argument("--reward", default="team", choices=CREDITS)
    parser.add_argument("--learned", nargs="+", default=list(ROLES), choices=ROLES)
    parser.add_argument("--agents", default="scripted", help="who plays the others")
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--rounds", type=at_least(1), default=None, help="rounds in all")
    parser.add_argument("--minutes", type=float, default=None, help="stop training after this time")
    parser.add_argument(
        "--train-rounds", type=at_least(1), default=2, help="rounds of a training episode"
    )
    parser.add_argument("--num-envs", type=at_least(1), default=None)
    parser.add_argument(
        "--episodes", type=at_least(1), default=None, help="held-out episodes at the end"
    )
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    parser.add_argument("--out", type=Path, default=Path("runs/team"))
    parser.add_argument("--resume", action="store_true", help="go on from --out's checkpoint")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    arguments = parse_run(parser, FULL, SMOKE)
    if arguments.turns == "parallel" and arguments.sharing != "shared":
        parser.error("--turns parallel: all agents share one policy, leave --sharing out")
    return arguments


def make_team(arguments: argparse.Namespace, **changes: Any) -> Any:
    """Build the environment that the arguments ask for."""
    make = image_edit_v0.raw_env if arguments.turns == "aec" else image_edit_v0.parallel_env
    return make(
        arguments.env,
        learned=tuple(arguments.learned),
        agents=arguments.agents,
        uniform_spaces="flat",
        **changes,
    )


class Recorder:
    """Writes the curve, and a checkpoint now and then."""

    def __init__(self, learner: TeamLearner | TogetherLearner, out: Path) -> None:
        self._learner, self._out = learner, out
        self._saved = time.monotonic()

    def __call__(self, line: dict[str, float]) -> None:
        """Append a line; save when it is time."""
        append_lines(self._out / CURVE, [line])
        print(line, flush=True)
        if time.monotonic() - self._saved > CHECKPOINT_SECONDS:
            self._learner.save(self._out)
            self._saved = time.monotonic()


def make_learner(arguments: argparse.Namespace) -> TeamLearner | TogetherLearner:
    """Build what learns."""
    settings: dict[str, Any] = {"num_envs": arguments.num_envs, "seed": arguments.seed}
    if arguments.smoke:
        settings |= {"n_steps": 8, "n_epochs": 1}

    def make() -> Any:
        return make_team(arguments, reward=arguments.reward, max_cycles=arguments.train_rounds)

    if arguments.turns == "parallel":
        return TogetherLearner(make, **settings)
    return TeamLearner(make, sharing=arguments.sharing, **settings)


def train(arguments: argparse.Namespace) -> TeamLearner | TogetherLearner:
    """Train from scratch or from the checkpoint."""
    out: Path = arguments.out
    learner = make_learner(arguments)
    if not (arguments.resume and went_on(learner, out)):
        (out / CURVE).unlink(missing_ok=True)
        for name in learner.files:
            discard(out / name)
        learner.save(out)
    learner.log_to(out / "tensorboard")
    recorder = Recorder(learner, out)
    try:
        learner.learn(arguments.rounds, minutes=arguments.minutes, on_iteration=recorder)
    except ComponentDown as error:
        learner.save(out)
        raise SystemExit(f"{error}. {out} has a checkpoint: --resume goes on") from error
    learner.save(out)
    return learner


def went_on(learner: TeamLearner | TogetherLearner, out: Path) -> bool:
    """Go on from the checkpoint, if there is one."""
    try:
        learner.load(out)
    except FileNotFoundError:
        print(f"{out} has no checkpoint yet: starting afresh", file=sys.stderr, flush=True)
        return False
    cut_lines(out / CURVE, learner.num_rounds)
    return True


def compare(
    arguments: argparse.Namespace, learner: TeamLearner | TogetherLearner
) -> dict[str, Score]:
    """Evaluate the team and the scripted one on the same held-out tasks."""
    team, actor = make_team(arguments, split="test"), TeamActor(learner.models)
    seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + arguments.episodes)
    single = gymnasium.make(arguments.env, split="test")
    return {
        "team": score(actor.play(team, seed) for seed in seeds),
        "scripted team": evaluate(PipelineActor(), single, arguments.episodes),
    }


def main() -> None:
    """Train, evaluate, report."""
    run_alone(parse_arguments(), lambda arguments: report(arguments, train(arguments)))


def report(arguments: argparse.Namespace, learner: TeamLearner | TogetherLearner) -> None:
    """Evaluate; write and print the results."""
    scores = compare(arguments, learner)
    title = f"{arguments.env}, {arguments.sharing}, {arguments.reward}, seed {arguments.seed}"
    save_curve(read_json_lines(arguments.out / CURVE), arguments.out / "curve.png", title)
    results = {
        **{key: str(value) for key, value in vars(arguments).items()},
        "rounds": learner.num_rounds,
        "training_seconds": round(learner.seconds, 1),
        "scores": {name: vars(found) for name, found in scores.items()},
    }
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{title}: {learner.num_rounds} rounds in {learner.seconds / 60:.1f} min")
    print(f"{arguments.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")


if __name__ == "__main__":
    run_main(main)
