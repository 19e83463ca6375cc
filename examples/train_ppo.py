"""Train a coordinator with Stable-Baselines3 and show what it does on held-out tasks.

    python examples/train_ppo.py --env ImageEdit-Direct-v0 --out runs/direct
    python examples/train_ppo.py --smoke --out runs/smoke

Writes to ``--out``: ``model.zip`` (checkpoint, replaced every minute), ``curve.jsonl``,
TensorBoard logs, ``curve.png``, ``before_after.png`` and ``results.json``. ``--resume`` goes on
from the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import gymnasium
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import configure

import editenv
from policies.baselines import BASELINES
from policies.evaluation import ModelActor, Score, evaluate
from policies.report import markdown_table, read_curve, save_contact_sheet, save_curve
from policies.sb3.callbacks import (
    CurveCallback,
    EntropyDecayCallback,
    SafeCheckpointCallback,
    TimeLimitCallback,
)
from policies.sb3.models import ALGORITHMS, load_model, make_model
from policies.sb3.vec_env import make_sb3_vec_env

ENTROPY = (0.02, 0.002)
"""Entropy bonus of PPO at the start and at the end."""


FULL = {"steps": 160_000, "num_envs": 32, "episodes": 500}
SMOKE = {"steps": 1_024, "num_envs": 4, "episodes": 20}
"""What the arguments are when they are not given."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Direct-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--algo", default="ppo", choices=ALGORITHMS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=None, help="environment steps in all")
    parser.add_argument("--minutes", type=float, default=None, help="stop training after this time")
    parser.add_argument(
        "--train-limit", type=int, default=None, help="step limit in training, if not the id's own"
    )
    parser.add_argument("--num-envs", type=int, default=None)
    parser.add_argument("--episodes", type=int, default=None, help="held-out episodes at the end")
    parser.add_argument("--threads", type=int, default=2, help="torch threads")
    parser.add_argument("--out", type=Path, default=Path("runs/ppo"))
    parser.add_argument("--resume", action="store_true", help="go on from --out's checkpoint")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    arguments = parser.parse_args()
    defaults = SMOKE if arguments.smoke else FULL
    for name, value in defaults.items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


def environment_arguments(algorithm: str) -> dict[str, Any]:
    """DQN needs flat actions."""
    return {"action_format": "discrete"} if algorithm == "dqn" else {}


def training_arguments(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the training environments are made with."""
    kwargs = environment_arguments(arguments.algo)
    if arguments.train_limit is not None:
        kwargs["max_episode_steps"] = arguments.train_limit
    return kwargs


def train(arguments: argparse.Namespace) -> BaseAlgorithm:
    """Train from scratch or from the checkpoint; return the model."""
    out: Path = arguments.out
    checkpoint, curve_file = out / "model.zip", out / "curve.jsonl"
    env = make_sb3_vec_env(
        arguments.env,
        arguments.num_envs,
        seed=arguments.seed * 10_000,
        limit_ends_episode=True,
        **training_arguments(arguments),
    )
    seconds_before = 0.0
    if arguments.resume:
        model = load_model(arguments.algo, checkpoint, env)
        curve = read_curve(curve_file)
        seconds_before = curve[-1]["seconds"] if curve else 0.0
    else:
        curve_file.unlink(missing_ok=True)
        model = make_model(arguments.algo, env, seed=arguments.seed, smoke=arguments.smoke)
    model.set_logger(configure(str(out / "tensorboard"), ["tensorboard"]))
    callbacks = [CurveCallback(curve_file, seconds_before), SafeCheckpointCallback(checkpoint)]
    if arguments.algo in ("ppo", "maskable"):
        callbacks.append(EntropyDecayCallback(*ENTROPY))
    if arguments.minutes is not None:
        callbacks.append(TimeLimitCallback(60 * arguments.minutes))
    remaining = max(arguments.steps - model.num_timesteps, 0)
    model.learn(
        remaining,
        callback=CallbackList(callbacks),
        progress_bar=True,
        reset_num_timesteps=not arguments.resume,
    )
    env.close()
    return model


def compare(arguments: argparse.Namespace, actor: ModelActor) -> dict[str, Score]:
    """Evaluate the model and the baselines on the same held-out tasks."""
    env = gymnasium.make(arguments.env, split="test", **environment_arguments(arguments.algo))
    scores = {arguments.algo: evaluate(actor, env, arguments.episodes)}
    for name, make_actor in BASELINES.items():
        scores[name] = evaluate(make_actor(), env, arguments.episodes)
    save_contact_sheet(actor, env, arguments.out / "before_after.png")
    env.close()
    return scores


def main() -> None:
    """Train, evaluate, report."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    model = train(arguments)
    seconds = time.monotonic() - start
    actor = ModelActor(model, masked=arguments.algo == "maskable")
    scores = compare(arguments, actor)
    curve = read_curve(arguments.out / "curve.jsonl")
    title = f"{arguments.env}, {arguments.algo}, seed {arguments.seed}"
    save_curve(curve, arguments.out / "curve.png", title)
    results = {
        "env": arguments.env,
        "algorithm": arguments.algo,
        "seed": arguments.seed,
        "steps": model.num_timesteps,
        "training_seconds": round(seconds, 1),
        "scores": {name: vars(score) for name, score in scores.items()},
    }
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{title}: {model.num_timesteps} steps in {seconds / 60:.1f} min")
    print(f"{arguments.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")
    print(f"pictures: {arguments.out / 'before_after.png'}, {arguments.out / 'curve.png'}")


if __name__ == "__main__":
    main()
