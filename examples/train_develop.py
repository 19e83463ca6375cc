"""Train stock SAC, TD3 or PPO of Stable-Baselines3 to set a photo editor's sliders.

    python examples/train_develop.py --minutes 30 --out runs/develop
    python examples/train_develop.py --smoke --out runs/smoke

Writes to ``--out``: ``model.zip`` (replaced every minute), ``curve.jsonl`` (success and distance on
validation tasks) and ``results.json``, and prints a table on test tasks. The policy is the stock
``MultiInputPolicy``. Minutes are processor time: on a busy machine a run takes longer but gives the
same result. By default the policy sees only the words and the histogram of the source: they decide
what an action is worth, and the rest, which changes from step to step, slows learning.
``--see-all`` gives it the whole observation, with the picture.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from editenv_policies.arguments import Parser, at_least, fill_in, keep_arguments, run_main
from editenv_policies.checkpoints import append_lines, only_run, replacing
from editenv_policies.develop import compare_sliders, evaluate_sliders, sliders_table
from editenv_policies.evaluation import ModelActor
from gymnasium.wrappers import FilterObservation
from stable_baselines3 import PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.noise import NormalActionNoise

import editenv  # noqa: F401  registers the ids

ENV_ID = "ImageEdit-Develop-v0"

SEEN = ("source_histogram", "instruction")
"""What the policy sees of the observation by default."""

OFF_POLICY: dict[str, Any] = {
    "learning_rate": 7e-4,
    "batch_size": 64,
    "buffer_size": 60_000,
    "learning_starts": 2_000,
    "train_freq": 1,
}

FULL = {"steps": 10_000_000, "minutes": 30.0, "num_envs": 8, "episodes": 300}
SMOKE = {"steps": 2_200, "minutes": 2.0, "num_envs": 4, "episodes": 10}
"""Defaults of the arguments."""


class Watch(BaseCallback):
    """Ends the run in time; regularly saves the model and tests it on validation tasks.

    Args:
        arguments: of the command line.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__()
        self._arguments = arguments
        self._env = make_env(arguments, "validation")
        self._start = time.monotonic()
        self._cpu = self._last = time.process_time()

    def _on_step(self) -> bool:
        now = time.process_time()
        if now - self._last >= self._arguments.every:
            self._last = now
            self.note()
        return now - self._cpu < 60 * self._arguments.minutes

    def note(self) -> None:
        """Save the model and write a line of the curve."""
        save(self.model, self._arguments.out)
        row = evaluate_sliders(ModelActor(self.model), self._env, self._arguments.watched)
        line = {**self.spent(), "success": row.successes / row.episodes, "distance": row.distance}
        append_lines(self._arguments.out / "curve.jsonl", [line])

    def spent(self) -> dict[str, Any]:
        """Return steps, updates, seconds, and seconds of processor time."""
        return {
            "steps": self.num_timesteps,
            "updates": getattr(self.model, "_n_updates", 0),
            "seconds": round(time.monotonic() - self._start, 1),
            "cpu_seconds": round(time.process_time() - self._cpu, 1),
        }


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--algo", default="sac", choices=("sac", "td3", "ppo"))
    parser.add_argument(
        "--tasks", default=None, metavar="NAME", help="a task source, such as pairs:FOLDER"
    )
    parser.add_argument(
        *("--tools", "--sliders"),
        default=None,
        metavar="NAMES",
        help="sliders, separated by commas (default: those of the id)",
    )
    parser.add_argument("--out", type=Path, default=Path("runs/develop"))
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--steps", type=at_least(1), default=None, help="environment steps")
    parser.add_argument("--minutes", type=float, default=None, help="processor time to train")
    parser.add_argument("--num-envs", type=at_least(1), default=None)
    parser.add_argument("--image-size", type=at_least(36), default=40)
    parser.add_argument("--see-all", action="store_true", help="show the whole observation")
    parser.add_argument("--gamma", type=float, default=0.0)
    parser.add_argument("--episodes", type=at_least(1), default=None, help="test tasks at the end")
    parser.add_argument("--watched", type=at_least(1), default=60, help="validation tasks")
    parser.add_argument(
        "--every",
        type=float,
        default=60.0,
        help="seconds of processor time between two points of the curve",
    )
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    arguments = fill_in(parser.parse_args(), FULL, SMOKE)
    if arguments.out.exists() and not arguments.out.is_dir():
        parser.error(f"--out {arguments.out} is a file: it must be a folder")
    if not 0 <= arguments.gamma < 1:
        parser.error(f"--gamma {arguments.gamma} must be at least 0 and below 1")
    arguments.resume = False
    return arguments


def make_env(arguments: argparse.Namespace, split: str) -> gymnasium.Env:
    """Build an environment of a split."""
    given = {"tasks": arguments.tasks, "sliders": arguments.tools and arguments.tools.split(",")}
    env = gymnasium.make(
        ENV_ID,
        split=split,
        image_size=arguments.image_size,
        show_image=arguments.see_all,
        disable_env_checker=True,
        **{name: value for name, value in given.items() if value is not None},
    )
    return env if arguments.see_all else FilterObservation(env, SEEN)


def make_model(arguments: argparse.Namespace) -> BaseAlgorithm:
    """Build a learner with the stock policy.

    An action says where the sliders stand, whatever came before, so each step can be judged by its
    own reward: a discount of 0 turns learning into regression.
    """
    envs = make_vec_env(
        lambda: make_env(arguments, "train"), arguments.num_envs, seed=arguments.seed * 10_000
    )
    common: dict[str, Any] = {
        "gamma": arguments.gamma,
        "seed": arguments.seed,
        "device": "cpu",
        "policy_kwargs": {"net_arch": [256, 256]},
    }
    if arguments.algo == "ppo":
        steps = 2_048 // arguments.num_envs
        return PPO("MultiInputPolicy", envs, n_steps=steps, batch_size=256, **common)
    off_policy = {**OFF_POLICY, "gradient_steps": max(arguments.num_envs // 2, 1), **common}
    if arguments.algo == "sac":
        return SAC("MultiInputPolicy", envs, ent_coef="auto_0.1", **off_policy)
    mean = np.zeros(envs.action_space.shape or ())
    noise = NormalActionNoise(mean, np.full_like(mean, 0.15))
    return TD3("MultiInputPolicy", envs, action_noise=noise, **off_policy)


def save(model: BaseAlgorithm, out: Path) -> None:
    """Replace the model's file."""
    with replacing(out / "model.zip") as path, path.open("wb") as file:
        model.save(file)


def train(arguments: argparse.Namespace) -> None:
    """Train, compare on test tasks, report."""
    torch.set_num_threads(1)
    (arguments.out / "curve.jsonl").unlink(missing_ok=True)
    env = make_env(arguments, "test")
    model, watch = make_model(arguments), Watch(arguments)
    model.learn(arguments.steps, callback=watch)
    watch.note()
    rows = compare_sliders(env, arguments.episodes, {arguments.algo: ModelActor(model)})
    results = {
        "env": ENV_ID,
        "arguments": {k: str(v) if k == "out" else v for k, v in vars(arguments).items()},
        **watch.spent(),
        "rows": {name: row.as_json() for name, row in rows.items()},
    }
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"{arguments.algo}, seed {arguments.seed}: {watch.spent()}")
    print(f"{arguments.episodes} test tasks:\n{sliders_table(rows)}")


def main() -> None:
    """Run as the command line says."""
    arguments = parse_arguments()
    with only_run(arguments.out):
        keep_arguments(arguments)
        train(arguments)


if __name__ == "__main__":
    run_main(main)
