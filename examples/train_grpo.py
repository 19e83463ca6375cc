"""Train a coordinator with GRPO, without a critic, and show what it does on held-out tasks.

    python examples/train_grpo.py --env ImageEdit-Direct-v0 --train-limit 2 --out runs/grpo
    python examples/train_grpo.py --smoke --out runs/smoke

All episodes of a group start from one task; a step is judged by how much better the rest of its
episode went than that of the other episodes. The outputs are those of ``examples/train_ppo.py``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from editenv_policies.arguments import Parser, at_least, environment_of, parse_run, run_main
from editenv_policies.evaluation import ModelActor
from editenv_policies.grpo.algorithm import GRPO
from editenv_policies.grpo.coordinator import make_grpo
from editenv_policies.grpo.settings import LOSS_TYPES
from editenv_policies.sb3.learning import ModelLearner, learn
from editenv_policies.sb3.runs import add_run_arguments, report, run_alone
from editenv_policies.sb3.vec_env import ImageEditVecEnv, make_sb3_vec_env

import editenv

ENTROPY = (0.02, 0.002)
"""Entropy bonus at the start and at the end."""

FULL = {"steps": 500_000, "group_size": 4, "num_groups": 128, "episodes": 500}
SMOKE = {"steps": 512, "group_size": 4, "num_groups": 4, "episodes": 20}
"""Defaults of the arguments."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Direct-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--loss-type", default="grpo", choices=LOSS_TYPES)
    parser.add_argument("--group-size", type=at_least(2), default=None, help="episodes per group")
    parser.add_argument("--num-groups", type=at_least(1), default=None, help="groups per iteration")
    parser.add_argument("--out", type=Path, default=Path("runs/grpo"))
    add_run_arguments(parser)
    return parse_run(parser, FULL, SMOKE)


def make_training_env(arguments: argparse.Namespace) -> ImageEditVecEnv:
    """Build a sub-environment for each episode of an iteration; finished ones wait."""
    return make_sb3_vec_env(
        arguments.env,
        arguments.group_size * arguments.num_groups,
        autoreset_mode="Disabled",
        max_episode_steps=arguments.train_limit,
        **environment_of(arguments.tasks, arguments.tools),
    )


def make_model(arguments: argparse.Namespace, env: ImageEditVecEnv) -> GRPO:
    """Build GRPO with the coordinator's network."""
    return make_grpo(
        env,
        group_size=arguments.group_size,
        num_groups=arguments.num_groups,
        loss_type=arguments.loss_type,
        max_length=env.envs.max_episode_steps,
        seed=arguments.seed,
    )


def train(arguments: argparse.Namespace) -> None:
    """Train, evaluate, report."""
    env = make_training_env(arguments)
    model = make_model(arguments, env)
    limits = {"resume": arguments.resume, "minutes": arguments.minutes}
    learn(ModelLearner(model, ENTROPY), arguments.out, arguments.steps, **limits)
    env.close()
    report(arguments, "grpo", model, ModelActor(model))


def main() -> None:
    """Run as the command line says."""
    run_alone(parse_arguments(), train)


if __name__ == "__main__":
    run_main(main)
