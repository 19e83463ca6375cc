"""What the training examples share: a run that loses nothing, and its report."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gymnasium
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import configure

from editenv.failure import ComponentDown
from policies.baselines import BASELINES
from policies.evaluation import ModelActor, Score, evaluate
from policies.report import markdown_table, read_json_lines, save_contact_sheet, save_curve
from policies.sb3.callbacks import (
    CurveCallback,
    EntropyDecayCallback,
    SafeCheckpointCallback,
    TimeLimitCallback,
)

CHECKPOINT, CURVE = "model.zip", "curve.jsonl"


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``learn`` and ``report``, and those that every run has."""
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=None, help="environment steps in all")
    parser.add_argument("--minutes", type=float, default=None, help="stop training after this time")
    parser.add_argument(
        "--train-limit", type=int, default=None, help="step limit in training, if not the id's own"
    )
    parser.add_argument("--episodes", type=int, default=None, help="held-out episodes at the end")
    parser.add_argument("--threads", type=int, default=2, help="torch threads")
    parser.add_argument("--resume", action="store_true", help="go on from --out's checkpoint")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")


def learn(
    arguments: argparse.Namespace,
    make_model: Callable[[], BaseAlgorithm],
    load_model: Callable[[Path], BaseAlgorithm],
    entropy: tuple[float, float] | None = None,
    callbacks: Sequence[BaseCallback] = (),
) -> BaseAlgorithm:
    """Train from scratch or from the checkpoint; write curve, logs and checkpoints to ``out``.

    Args:
        arguments: ``out``, ``steps``, ``minutes`` and ``resume`` of ``add_run_arguments``.
        make_model: builds a new model.
        load_model: loads one.
        entropy: coefficient of the entropy bonus at the start and at the end.
        callbacks: further ones.

    Raises:
        SystemExit: a tool or a judge is down; the checkpoint is saved.
    """
    out: Path = arguments.out
    seconds_before = 0.0
    if arguments.resume:
        model = load_model(out / CHECKPOINT)
        curve = _cut_curve(out / CURVE, model.num_timesteps)
        seconds_before = curve[-1]["seconds"] if curve else 0.0
    else:
        (out / CURVE).unlink(missing_ok=True)
        model = make_model()
    model.set_logger(configure(str(out / "tensorboard"), ["tensorboard"]))
    checkpoint = SafeCheckpointCallback(out / CHECKPOINT)
    called = [CurveCallback(out / CURVE, seconds_before), checkpoint, *callbacks]
    if entropy is not None:
        called.append(EntropyDecayCallback(*entropy))
    if arguments.minutes is not None:
        called.append(TimeLimitCallback(60 * arguments.minutes))
    try:
        model.learn(
            max(arguments.steps - model.num_timesteps, 0),
            callback=CallbackList(called),
            progress_bar=True,
            reset_num_timesteps=not arguments.resume,
        )
    except ComponentDown as error:
        checkpoint.save()
        raise SystemExit(f"{error}. {out / CHECKPOINT} is saved: --resume goes on") from error
    except KeyboardInterrupt:
        checkpoint.save()
        raise
    return model


def _cut_curve(path: Path, steps: int) -> list[dict[str, Any]]:
    """Leave out the lines after a checkpoint, which are made once more; return the others."""
    curve = [line for line in read_json_lines(path) if line["steps"] <= steps]
    path.write_text("".join(json.dumps(line) + "\n" for line in curve))
    return curve


def report(
    arguments: argparse.Namespace, algorithm: str, model: Any, actor: ModelActor, **env_kwargs: Any
) -> None:
    """Evaluate beside the baselines; write ``results.json``, curve and pictures; print a table.

    Args:
        arguments: of ``add_run_arguments``, with ``env`` and ``out``.
        algorithm: its name in the table.
        model: the trained model.
        actor: plays it.
        env_kwargs: what the held-out environment is made with.
    """
    out: Path = arguments.out
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


def _compare(
    arguments: argparse.Namespace, algorithm: str, actor: ModelActor, env_kwargs: dict[str, Any]
) -> dict[str, Score]:
    """Evaluate the model and the baselines on the same held-out tasks."""
    env = gymnasium.make(arguments.env, split="test", **env_kwargs)
    scores = {algorithm: evaluate(actor, env, arguments.episodes)}
    for name, make_actor in BASELINES.items():
        scores[name] = evaluate(make_actor(), env, arguments.episodes)
    save_contact_sheet(actor, env, arguments.out / "before_after.png")
    env.close()
    return scores
