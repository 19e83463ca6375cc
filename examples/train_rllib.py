"""Train a coordinator with RLlib's PPO, on one machine or on many.

    python examples/train_rllib.py --num-env-runners 2 --out runs/rllib
    python examples/train_rllib.py --smoke --out runs/smoke

On many machines: ``ray start`` on each, then the same command on one of them (``docs/ray.md``).
Writes to ``--out`` on that machine: ``checkpoints/`` (the last two), ``curve.jsonl`` (one line per
iteration) and ``results.json``. ``--resume`` continues from the newest checkpoint.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium
import ray
import torch
from editenv_policies.arguments import Parser, at_least, keep_arguments, parse_run, run_main
from editenv_policies.baselines import PipelineActor
from editenv_policies.checkpoints import append_lines, cut_lines, only_run, write_text
from editenv_policies.evaluation import Evaluation, evaluate
from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.columns import Columns
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.examples.rl_modules.classes.action_masking_rlm import ActionMaskingTorchRLModule
from ray.tune.registry import register_env

import editenv
from editenv.wrappers import FlatObservation, MaskObservation

FULL = {"steps": 160_000, "batch_size": 4096, "num_envs": 8, "episodes": 500}
SMOKE = {"steps": 512, "batch_size": 256, "num_envs": 2, "episodes": 10}
"""Defaults of the arguments."""

CHECKPOINTS, CURVE, STATE, KEPT = "checkpoints", "curve.jsonl", "run.json", 2
ENV = "editenv_coordinator"


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--tools", nargs="+", default=None, help="such as ray:diffusers:FOLDER")
    parser.add_argument("--num-env-runners", type=at_least(1), default=2, help="processes")
    parser.add_argument(
        "--num-envs", type=at_least(1), default=None, help="sub-environments per process"
    )
    parser.add_argument("--batch-size", type=at_least(1), default=None, help="steps per iteration")
    parser.add_argument("--steps", type=at_least(1), default=None, help="environment steps in all")
    parser.add_argument(
        "--save-every", type=at_least(1), default=5, help="iterations between checkpoints"
    )
    parser.add_argument("--episodes", type=at_least(1), default=None, help="held-out tasks")
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--address", default=None, help="of the cluster, if it is not found")
    parser.add_argument("--out", type=Path, default=Path("runs/rllib"))
    parser.add_argument("--resume", action="store_true", help="continue from --out's checkpoint")
    parser.add_argument("--smoke", action="store_true", help="all outputs in a few iterations")
    return parse_run(parser, FULL, SMOKE)


def make_env(config: dict[str, Any]) -> gymnasium.Env:
    """Build what RLlib's network with action masks needs: flat observations and actions."""
    env = gymnasium.make("editenv:" + config["id"], action_format="discrete", **config["kwargs"])
    return MaskObservation(FlatObservation(env), observation_key="observations")


def env_config(arguments: argparse.Namespace, split: str) -> dict[str, Any]:
    """Say what ``make_env`` builds."""
    kwargs = {"split": split, "instruction_format": "pooled"}
    if arguments.tools:
        kwargs["tools"] = arguments.tools
    return {"id": arguments.env, "kwargs": kwargs}


def make_algorithm(arguments: argparse.Namespace) -> Algorithm:
    """Build PPO; an environment runner that dies is replaced."""
    register_env(ENV, make_env)
    config = PPOConfig().environment(ENV, env_config=env_config(arguments, "train"))
    config.rl_module(
        rl_module_spec=RLModuleSpec(
            module_class=ActionMaskingTorchRLModule,
            model_config={"fcnet_hiddens": [256, 256], "head_fcnet_hiddens": [256]},
        )
    )
    config.env_runners(
        num_env_runners=arguments.num_env_runners, num_envs_per_env_runner=arguments.num_envs
    )
    config.training(
        lr=3e-4,
        entropy_coeff=0.01,
        train_batch_size_per_learner=arguments.batch_size,
        minibatch_size=min(256, arguments.batch_size),
        num_epochs=4,
    )
    config.fault_tolerance(restart_failed_env_runners=True)
    config.debugging(seed=arguments.seed)
    return config.build_algo()


class Progress:
    """Where a run stands, and its files.

    Args:
        out: the run's folder.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / CHECKPOINTS
        self.iteration, self.steps, self.seconds = 0, 0, 0.0

    def restore(self, algorithm: Algorithm) -> None:
        """Continue from the newest checkpoint, if there is one."""
        found = self._checkpoints()
        if not found:
            print(f"{self._out} has no checkpoint yet: starting afresh", file=sys.stderr)
        else:
            algorithm.restore_from_path(str(found[-1].absolute()))
            vars(self).update(json.loads((found[-1] / STATE).read_text()))
        cut_lines(self._out / CURVE, self.iteration, "iteration")

    def advance(self, algorithm: Algorithm) -> int:
        """Run an iteration, write a line of the curve, and return the number of steps."""
        started = time.monotonic()
        sampled = algorithm.train().get("env_runners", {})
        steps = int(sampled.get("num_env_steps_sampled", 0))
        self.iteration += 1
        self.steps += steps
        self.seconds += time.monotonic() - started
        line = {"iteration": self.iteration, "steps": self.steps, "seconds": self.seconds}
        # No episode has ended in a short first iteration.
        mean = sampled.get("episode_return_mean")
        line["return"] = None if mean is None else float(mean)
        line["env_runners"] = algorithm.env_runner_group.num_healthy_remote_workers()
        append_lines(self._out / CURVE, [line])
        print(line, flush=True)
        return steps

    def save(self, algorithm: Algorithm) -> None:
        """Write a checkpoint, which has its name only when it is whole."""
        unfinished, name = self._folder / "unfinished", self._folder / f"{self.iteration:06d}"
        shutil.rmtree(unfinished, ignore_errors=True)
        algorithm.save_to_path(str(unfinished.absolute()))
        state = {key: getattr(self, key) for key in ("iteration", "steps", "seconds")}
        write_text(unfinished / STATE, json.dumps(state))
        shutil.rmtree(name, ignore_errors=True)
        unfinished.rename(name)
        for old in self._checkpoints()[:-KEPT]:
            shutil.rmtree(old)

    def begin(self) -> None:
        """Remove what an earlier run left."""
        shutil.rmtree(self._folder, ignore_errors=True)
        (self._out / CURVE).unlink(missing_ok=True)

    def _checkpoints(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("[0-9]*") if path.is_dir())


def train(arguments: argparse.Namespace) -> None:
    """Train, evaluate, report."""
    algorithm, progress = make_algorithm(arguments), Progress(arguments.out)
    if arguments.resume:
        progress.restore(algorithm)
    else:
        progress.begin()
    while progress.steps < arguments.steps:
        if not progress.advance(algorithm):
            raise SystemExit("no environment runner made a step: see Ray's logs for the reason")
        if progress.iteration % arguments.save_every == 0:
            progress.save(algorithm)
    progress.save(algorithm)
    report(arguments, algorithm, progress)
    algorithm.stop()


class ModuleActor:
    """RLlib's network as an actor that takes the most probable action."""

    def __init__(self, algorithm: Algorithm) -> None:
        self._module = algorithm.get_module()

    def reset(self, env: gymnasium.Env) -> None:
        """Nothing to prepare: the network has no memory."""

    @torch.no_grad()
    def act(self, observation: Any, env: gymnasium.Env) -> int:
        """Ask the network."""
        seen = {name: torch.from_numpy(value)[None] for name, value in observation.items()}
        found = self._module.forward_inference({Columns.OBS: seen})
        return int(found[Columns.ACTION_DIST_INPUTS].argmax())


def report(arguments: argparse.Namespace, algorithm: Algorithm, progress: Progress) -> None:
    """Evaluate on held-out tasks beside the pipeline, and write ``results.json``."""
    config = env_config(arguments, "test")
    scores: dict[str, Evaluation] = {}
    with closing(make_env(config)) as env:
        scores["rllib"] = evaluate(ModuleActor(algorithm), env, arguments.episodes)
    with closing(gymnasium.make("editenv:" + config["id"], **config["kwargs"])) as env:
        scores["pipeline"] = evaluate(PipelineActor(), env, arguments.episodes)
    results = {"steps": progress.steps, "seconds": progress.seconds}
    results["scores"] = {name: score.as_json() for name, score in scores.items()}
    write_text(arguments.out / "results.json", json.dumps(results, indent=1) + "\n")
    print(f"{arguments.episodes} held-out tasks of the test split, after {progress.steps} steps:")
    for name, score in scores.items():
        print(f"{name}: {score}")


def main() -> None:
    """Run as the command line says."""
    arguments = parse_arguments()
    with only_run(arguments.out):
        keep_arguments(arguments)
        ray.init(address=arguments.address, log_to_driver=False)
        free = ray.cluster_resources().get("CPU", 0)
        if free < arguments.num_env_runners:
            print(
                f"--num-env-runners {arguments.num_env_runners}: the cluster has {free:g} CPUs "
                "now, and Ray waits for more",
                file=sys.stderr,
            )
        try:
            train(arguments)
        finally:
            ray.shutdown()


if __name__ == "__main__":
    run_main(main)
