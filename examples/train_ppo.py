"""Train a coordinator with Stable-Baselines3 and show what it does on held-out tasks.

    python examples/train_ppo.py --env ImageEdit-Direct-v0 --out runs/direct
    python examples/train_ppo.py --env ImageEdit-v0 --tasks folder:edits --tools photo
    python examples/train_ppo.py --smoke --out runs/smoke

Writes to ``--out``: ``model.zip`` (checkpoint, replaced every minute), ``curve.jsonl``,
TensorBoard logs, ``curve.png``, ``before_after.png``, ``results.json`` and ``report.html``, which
shows the curves and held-out episodes step by step. ``--resume`` continues from the checkpoint.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from editenv_policies.arguments import Parser, at_least, environment_of, parse_run, run_main
from editenv_policies.evaluation import ModelActor
from editenv_policies.sb3.learning import ModelLearner, learn
from editenv_policies.sb3.models import ALGORITHMS, make_model
from editenv_policies.sb3.runs import add_run_arguments, report, run_alone
from editenv_policies.sb3.unfamiliar import PLAIN, Unfamiliar
from editenv_policies.sb3.vec_env import ImageEditVecEnv, make_sb3_vec_env

import editenv

ENTROPY = (0.02, 0.002)
"""Entropy bonus of PPO at the start and at the end."""

FULL = {"steps": 160_000, "num_envs": 32, "episodes": 500}
SMOKE = {"steps": 1_024, "num_envs": 4, "episodes": 20}
"""Defaults of the arguments."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Direct-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--algo", default="ppo", choices=ALGORITHMS)
    parser.add_argument("--num-envs", type=at_least(1), default=None)
    parser.add_argument("--out", type=Path, default=Path("runs/ppo"))
    parser.add_argument(
        "--task-pool",
        type=at_least(1),
        default=None,
        help="train on only this many tasks, kept in memory",
    )
    add_run_arguments(parser)
    return parse_run(parser, FULL, SMOKE)


def environment_arguments(algorithm: str) -> dict[str, Any]:
    """DQN needs flat actions."""
    return {"action_format": "discrete"} if algorithm == "dqn" else {}


def make_training_env(arguments: argparse.Namespace) -> ImageEditVecEnv:
    """Build the training environments."""
    return make_sb3_vec_env(
        arguments.env,
        arguments.num_envs,
        seed=arguments.seed * 10_000,
        max_episode_steps=arguments.train_limit,
        task_pool=arguments.task_pool,
        unfamiliar=Unfamiliar(arguments.seed, words=PLAIN),
        **environment_of(arguments.tasks, arguments.tools),
        **environment_arguments(arguments.algo),
    )


def train(arguments: argparse.Namespace) -> None:
    """Train, evaluate, report."""
    env, algorithm = make_training_env(arguments), arguments.algo
    model = make_model(algorithm, env, seed=arguments.seed, smoke=arguments.smoke)
    if algorithm != "dqn":
        env.bootstrap_with(model)
    learner = ModelLearner(model, ENTROPY if algorithm in ("ppo", "maskable") else None)
    limits = {"resume": arguments.resume, "minutes": arguments.minutes}
    learn(learner, arguments.out, arguments.steps, **limits)
    env.close()
    actor = ModelActor(model, masked=algorithm == "maskable")
    report(arguments, algorithm, model, actor, **environment_arguments(algorithm))


def main() -> None:
    """Run as the command line says."""
    run_alone(parse_arguments(), train)


if __name__ == "__main__":
    run_main(main)
