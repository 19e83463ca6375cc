"""Train a coordinator: collect an oracle's episodes, clone them, fine-tune with PPO, evaluate.

    python examples/train_coordinator.py --env ImageEdit-v0 --out runs/coordinator
    python examples/train_coordinator.py --smoke --out runs/smoke

Writes to ``--out``: ``clone`` and ``coordinator`` (each ``model.safetensors`` and ``model.json``,
loaded with ``Clone.load``), PPO's checkpoint and curve as ``train_ppo.py`` does, and
``results.json``: success on held-out tasks before and after PPO, of the pipeline and of the oracle.
``--minutes`` limits each stage; a clone that is there already is not trained again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import gymnasium
import torch
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import configure

import editenv
from policies.arguments import fill_in
from policies.baselines import OracleActor, PipelineActor
from policies.evaluation import Score, evaluate, evaluate_model
from policies.imitation import Clone, collect, train
from policies.imitation.finetune import CriticFirst, learner_from, take_back
from policies.imitation.training import TrainSettings
from policies.report import markdown_table, read_json_lines, save_curve
from policies.sb3.callbacks import CurveCallback, SafeCheckpointCallback, TimeLimitCallback
from policies.sb3.unfamiliar import Unfamiliar
from policies.sb3.vec_env import make_sb3_vec_env

FULL = {
    "demonstrations": 20_000,
    "minutes": (5.0, 10.0, 15.0),
    "steps": 200_000,
    "episodes": 500,
    "num_envs": 32,
    "width": 96,
}
SMOKE = {
    "demonstrations": 40,
    "minutes": (0.1, 0.1, 0.1),
    "steps": 512,
    "episodes": 10,
    "num_envs": 4,
    "width": 32,
}
"""What the arguments are when they are not given."""

CRITIC_FIRST = 0.08
"""Share of PPO's steps in which only the critic learns."""

COPIES = 50
"""Held-out tasks that are played side by side."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--out", type=Path, default=Path("runs/coordinator"))
    parser.add_argument("--demonstrations", type=int, default=None, help="the oracle's episodes")
    parser.add_argument(
        "--minutes",
        type=float,
        nargs=3,
        default=None,
        metavar=("COLLECT", "CLONE", "PPO"),
        help="most minutes of each stage: processor time, for PPO wall time",
    )
    parser.add_argument("--steps", type=int, default=None, help="most environment steps of PPO")
    parser.add_argument("--width", type=int, default=None, help="of the network's vectors")
    parser.add_argument("--num-envs", type=int, default=None)
    parser.add_argument("--episodes", type=int, default=None, help="held-out episodes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2, help="torch threads")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    return fill_in(parser.parse_args(), FULL, SMOKE)


def make_clone(arguments: argparse.Namespace) -> Clone:
    """Collect and clone, or load the clone of an earlier run."""
    folder = arguments.out / "clone"
    if folder.exists():
        print(f"{folder} is there: it is used as it is")
        return Clone.load(folder)
    collecting, cloning, _ = arguments.minutes
    data = collect(arguments.env, arguments.demonstrations, arguments.seed, seconds=60 * collecting)
    print(f"{data.count} episodes of {len(data)} steps")
    env = gymnasium.make(arguments.env, disable_env_checker=True)
    torch.manual_seed(arguments.seed)
    clone = Clone.for_env(env, width=arguments.width)
    done = train(clone, data, TrainSettings(seconds=60 * cloning), seed=arguments.seed)
    print(f"{done.updates} updates in {done.seconds:.0f} s, losses {done.losses}")
    clone.notes = {"env": arguments.env, "seed": arguments.seed, "demonstrations": data.count}
    clone.save(folder)
    return clone


def fine_tune(arguments: argparse.Namespace, clone: Clone) -> int:
    """Go on with PPO from the clone, which gets the new weights; return the steps made."""
    out: Path = arguments.out
    env = make_sb3_vec_env(
        arguments.env,
        arguments.num_envs,
        seed=arguments.seed * 10_000 + 5_000,
        unfamiliar=Unfamiliar(arguments.seed),
    )
    model = learner_from(clone, env, seed=arguments.seed, smoke=arguments.smoke)
    env.bootstrap_with(model)
    model.set_logger(configure(str(out / "tensorboard"), ["tensorboard"]))
    (out / "curve.jsonl").unlink(missing_ok=True)
    model.learn(
        arguments.steps,
        callback=CallbackList(
            [
                CriticFirst(round(CRITIC_FIRST * arguments.steps)),
                CurveCallback(out / "curve.jsonl"),
                SafeCheckpointCallback(out / "model.zip"),
                TimeLimitCallback(60 * arguments.minutes[2]),
            ]
        ),
        progress_bar=True,
    )
    env.close()
    take_back(clone, model)
    clone.notes = {**clone.notes, "ppo_steps": model.num_timesteps}
    clone.save(out / "coordinator")
    save_curve(read_json_lines(out / "curve.jsonl"), out / "curve.png", f"{arguments.env}, PPO")
    return model.num_timesteps


def main() -> None:
    """Collect, clone, fine-tune, evaluate."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    clone = make_clone(arguments)
    envs = gymnasium.make_vec(
        arguments.env,
        num_envs=min(COPIES, arguments.episodes),
        split="test",
        autoreset_mode=AutoresetMode.DISABLED,
    )
    scores: dict[str, Score] = {"clone": evaluate_model(clone, envs, arguments.episodes)}
    print(f"clone: {scores['clone']}", flush=True)
    steps = fine_tune(arguments, clone)
    scores["clone, then PPO"] = evaluate_model(clone, envs, arguments.episodes)
    envs.close()
    env = gymnasium.make(arguments.env, split="test", disable_env_checker=True)
    for name, actor in {"pipeline": PipelineActor(), "oracle": OracleActor()}.items():
        scores[name] = evaluate(actor, env, arguments.episodes)
    results: dict[str, Any] = {
        "env": arguments.env,
        "seed": arguments.seed,
        "demonstrations": clone.notes.get("demonstrations"),
        "ppo_steps": steps,
        "scores": {name: vars(score) for name, score in scores.items()},
    }
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"{arguments.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")


if __name__ == "__main__":
    main()
