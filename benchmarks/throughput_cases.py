"""What ``benchmarks/throughput.py`` measures: one case a process, random actions, resets included.

    python benchmarks/throughput_cases.py "native vector, 64" --seconds 3

prints one line of JSON: steps, wall and CPU seconds, and the peak of resident memory in MiB. CPU
time and memory are those of this process, without its workers.
"""

from __future__ import annotations

import atexit
import json
import resource
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any

import gymnasium
import numpy as np
from editenv_policies.arguments import Parser, run_main

import editenv
from editenv.envs.pack_command import source_of
from editenv.tasks.pack.build import SHARD_SIZE, build_pack
from editenv.tasks.pack.index import Index

ENV = "ImageEdit-v0"
WARM_UP = 200
"""Steps before the clock starts: they fill caches and build the assets."""

POOL = 512
"""Tasks of the cases with a pool; all are made before the clock starts."""

Step = Callable[[], int]
"""Carries out one call of ``step`` and returns how many environment steps it was."""


def single(env: gymnasium.Env) -> Step:
    """One environment, reset by hand."""
    env.action_space.seed(0)
    env.reset(seed=0)

    def step() -> int:
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
        return 1

    return step


def one_env(checker: bool = False, env_id: str = ENV, **arguments: Any) -> Step:
    """One of our environments, with or without Gymnasium's passive checker."""
    return single(gymnasium.make(env_id, disable_env_checker=not checker, **arguments))


def packed(case: Callable[..., Step], *given: Any, **arguments: Any) -> Step:
    """A case that reads ``POOL`` tasks of a pack; it is drawn before the clock starts."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    wanted = Index(ENV, "train", (128, 128), POOL, SHARD_SIZE)
    make = partial(source_of, ENV, "train", (128, 128), "photo")
    deque(build_pack(folder.name, make, wanted), maxlen=0)
    return case(*given, tasks=f"pack:{folder.name}", **arguments)


def grid(env_id: str) -> Step:
    """A MiniGrid or BabyAI environment with pictures as observations, as wide as ours."""
    # Optional, so not imported by name: type checkers need not find it.
    wrappers = import_module("minigrid.wrappers")
    env = gymnasium.make(env_id, disable_env_checker=True)
    base: Any = env.unwrapped
    tile = 128 // base.width
    return single(wrappers.ImgObsWrapper(wrappers.RGBImgObsWrapper(env, tile_size=tile)))


def vector(mode: str | None, num_envs: int, **arguments: Any) -> Step:
    """A Gymnasium vector environment; ``mode`` None is the native one."""
    if mode is not None:
        arguments["disable_env_checker"] = True
    envs = gymnasium.make_vec(ENV, num_envs=num_envs, vectorization_mode=mode, **arguments)
    envs.action_space.seed(0)
    envs.reset(seed=0)

    def step() -> int:
        envs.step(envs.action_space.sample())
        return num_envs

    return step


def sb3(kind: str, num_envs: int) -> Step:
    """An SB3 vector environment: ``"dummy"``, ``"subproc"`` or ``"native"``."""
    from editenv_policies.sb3.vec_env import make_sb3_vec_env
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

    if kind == "native":
        envs: Any = make_sb3_vec_env(ENV, num_envs, seed=0)
    else:
        made = {"dummy": DummyVecEnv, "subproc": SubprocVecEnv}[kind]
        envs = make_vec_env(ENV, num_envs, seed=0, vec_env_cls=made)
    envs.action_space.seed(0)
    envs.reset()

    def step() -> int:
        envs.step(np.stack([envs.action_space.sample() for _ in range(num_envs)]))
        return num_envs

    return step


CASES: dict[str, Callable[[], Step]] = {
    "one environment": one_env,
    "one environment, passive checker": partial(one_env, checker=True),
    **{f"native vector, {n}": partial(vector, None, n) for n in (1, 8, 64, 256)},
    "native vector, 64, 2 workers": partial(vector, None, 64, num_workers=2),
    "one environment, prefetch": partial(one_env, prefetch=1),
    "one environment, pool": partial(one_env, task_pool=POOL),
    "native vector, 64, pool": partial(vector, None, 64, task_pool=POOL),
    "native vector, 64, pool, 2 workers": partial(vector, None, 64, task_pool=POOL, num_workers=2),
    "native vector, 64, pool, 2 workers, no copies": partial(
        vector, None, 64, task_pool=POOL, num_workers=2, copy=False
    ),
    "one environment, pack": partial(packed, one_env),
    "native vector, 64, pack": partial(packed, vector, None, 64),
    "native vector, 64, pack, 2 workers": partial(packed, vector, None, 64, num_workers=2),
    "one environment, pack, no embeddings": partial(packed, one_env, region_embeddings=False),
    "native vector, 64, pack, no embeddings": partial(
        packed, vector, None, 64, region_embeddings=False
    ),
    "native vector, 64, no copies": partial(vector, None, 64, copy=False),
    "Gymnasium sync, 8": partial(vector, "sync", 8),
    "Gymnasium sync, 64": partial(vector, "sync", 64),
    "Gymnasium async, 2": partial(vector, "async", 2),
    "Gymnasium async, 8": partial(vector, "async", 8),
    "SB3 dummy, 8": partial(sb3, "dummy", 8),
    "SB3 subproc, 8": partial(sb3, "subproc", 8),
    "SB3 native, 8": partial(sb3, "native", 8),
    "SB3 native, 64": partial(sb3, "native", 64),
    **{f"one environment, {s} px": partial(one_env, image_size=s) for s in (64, 256, 512)},
    **{i: partial(one_env, env_id=i) for i in editenv.CONFIGURATIONS if i != ENV},
    "MiniGrid GoToObject 8x8, RGB": partial(grid, "MiniGrid-GoToObject-8x8-N2-v0"),
    "BabyAI GoToObj, RGB": partial(grid, "BabyAI-GoToObj-v0"),
}
"""By name, what builds a case."""

GRIDS = tuple(name for name in CASES if name.startswith(("MiniGrid", "BabyAI")))


def measure(name: str, seconds: float) -> dict[str, float]:
    """Play a case for a while."""
    step, done = CASES[name](), 0
    warm_up = 60 * POOL if "pool" in name else 5 * POOL if "pack" in name else WARM_UP
    while done < warm_up:
        done += step()
    steps, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        steps += step()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"steps": steps, "seconds": wall, "cpu_seconds": cpu, "peak_mib": round(peak, 1)}


def main() -> None:
    """Measure one case and print it."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", choices=CASES)
    parser.add_argument("--seconds", type=float, default=3.0)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.name, arguments.seconds)))


if __name__ == "__main__":
    run_main(main)
