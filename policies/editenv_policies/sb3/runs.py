"""What the training examples share: arguments and report of a run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import torch

from editenv_policies.arguments import (
    add_environment_arguments,
    at_least,
    environment_of,
    keep_arguments,
)
from editenv_policies.baselines import BASELINES, PipelineActor
from editenv_policies.checkpoints import only_run
from editenv_policies.evaluation import Evaluation, ModelActor, evaluate
from editenv_policies.held_out import check_environment
from editenv_policies.recording.report import save_report
from editenv_policies.report import markdown_table, read_json_lines, save_contact_sheet, save_curve
from editenv_policies.sb3.learning import CURVE


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``report``, and those that every run has."""
    add_environment_arguments(parser)
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--steps", type=at_least(1), default=None, help="environment steps in all")
    parser.add_argument("--minutes", type=float, default=None, help="stop training after this time")
    parser.add_argument(
        "--train-limit",
        type=at_least(1),
        default=None,
        help="step limit in training (default: that of the id)",
    )
    parser.add_argument(
        "--episodes", type=at_least(1), default=None, help="held-out episodes at the end"
    )
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    parser.add_argument("--resume", action="store_true", help="continue from --out's checkpoint")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")


def run_alone(arguments: argparse.Namespace, train: Callable[[argparse.Namespace], None]) -> None:
    """Train in a folder that no other run uses; the arguments are saved there.

    Raises:
        ValueError: another run is in ``out``, or there are no such tasks or tools.
    """
    torch.set_num_threads(arguments.threads)
    check_environment(arguments.env, environment_of(arguments.tasks, arguments.tools))
    with only_run(arguments.out):
        keep_arguments(arguments)
        train(arguments)


def report(
    arguments: argparse.Namespace, algorithm: str, model: Any, actor: ModelActor, **env_kwargs: Any
) -> None:
    """Evaluate with the baselines; write ``results.json``, curve, pictures and ``report.html``.

    Args:
        arguments: of ``add_run_arguments``, with ``env`` and ``out``.
        algorithm: its name in the table.
        model: the trained model.
        actor: plays it.
        env_kwargs: arguments of the held-out environment.
    """
    out: Path = arguments.out
    env_kwargs = {**environment_of(arguments.tasks, arguments.tools), **env_kwargs}
    scores = _compare(arguments, algorithm, actor, env_kwargs)
    curve = read_json_lines(out / CURVE)
    seconds = curve[-1]["seconds"] if curve else 0.0
    title = f"{arguments.env}, {algorithm}, seed {arguments.seed}"
    save_curve(curve, out / "curve.png", title)
    results = {
        "env": arguments.env,
        "algorithm": algorithm,
        "seed": arguments.seed,
        "steps": model.num_timesteps,
        "training_seconds": round(seconds, 1),
        "scores": {name: vars(score) for name, score in scores.items()},
    }
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{title}: {model.num_timesteps} steps in {seconds / 60:.1f} min")
    print(f"{arguments.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")
    print(f"pictures: {out / 'before_after.png'}, {out / 'curve.png'}")
    actors = {algorithm: actor, "pipeline": PipelineActor()}
    save_report(out, title, arguments.env, arguments.episodes, actors, **env_kwargs)


def _compare(
    arguments: argparse.Namespace, algorithm: str, actor: ModelActor, env_kwargs: dict[str, Any]
) -> dict[str, Evaluation]:
    """Evaluate the model and the baselines on the same held-out tasks."""
    env = gymnasium.make(arguments.env, split="test", **env_kwargs)
    scores = {algorithm: evaluate(actor, env, arguments.episodes)}
    for name, make_actor in BASELINES.items():
        scores[name] = evaluate(make_actor(), env, arguments.episodes)
    save_contact_sheet(actor, env, arguments.out / "before_after.png")
    env.close()
    return scores
