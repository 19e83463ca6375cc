"""A long run with faults: no error, no growing memory, no thread, process or file left behind.

    python benchmarks/soak.py --minutes 60

Rounds of the same work: random play of every id, alone, as a team and in words; tools behind a
server that fails in every way that the tests know, dropped with and without closing; worker
processes that are killed. Prints a row a round and fails when something grows.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from editenv_policies.arguments import Parser, at_least, run_main

import editenv
from editenv import image_edit_v0
from editenv.models.remote_tools import ImagesEditTool
from editenv.tools.cache import EditCache

# The server that fails by rule belongs to the tests, which lie beside this folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from remote.calls import FAST
from remote.faults import Faults
from remote.server import Server

NUM_ENVS = 16

STEPS = 40
"""Of every copy in a piece of work."""

CACHE = 8 * 2**20
"""Bytes of the edits that are remembered: the default, 256 MiB for the process, fills for hours."""

GROWTH = 1.1
"""Memory at the end over that after a quarter of the rounds: caches are full by then."""

Tally = Counter[str]


def play(envs: Any, seed: int, tally: Tally, steps: int = STEPS) -> None:
    """Step a vector environment with random actions; the copies reset by themselves."""
    envs.action_space.seed(seed)
    envs.reset(seed=seed * envs.num_envs)
    for _ in range(steps):
        _, rewards, *_, info = envs.step(envs.action_space.sample())
        assert np.isfinite(rewards).all()
        tally["steps"] += envs.num_envs
        tally["failures"] += int(np.sum(info.get("_failure", 0)))


def every_id(seed: int, tally: Tally) -> None:
    """All ids, one after the other."""
    for env_id in editenv.CONFIGURATIONS:
        envs = gymnasium.make_vec(env_id, num_envs=NUM_ENVS)
        play(envs, seed, tally)
        envs.close()


def behind_a_server(seed: int, tally: Tally) -> None:
    """A tool whose server fails at every fifth request; half of the environments are dropped."""
    with Server(faults=Faults(0.2, seed=seed)) as server:
        for number in range(4):
            tool = ImagesEditTool(f"{server.url}#m", limits=replace(FAST, attempts=2))
            arguments = {"tools": [tool], "down_after": 1000, "edit_cache": EditCache(CACHE)}
            envs = gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=NUM_ENVS, **arguments)
            play(envs, seed * 4 + number, tally, steps=15)
            if number % 2:
                envs.close()
            tally["environments"] += 1
            del envs, tool
        gc.collect()
        tally["faults"] += sum(server.faults.made.values())


def killed_workers(seed: int, tally: Tally) -> None:
    """A worker process is killed; the environment says so and another one is made."""
    for number in range(2):
        envs = gymnasium.make_vec("ImageEdit-v0", num_envs=4, num_workers=2)
        play(envs, seed * 2 + number, tally, steps=10)
        multiprocessing.active_children()[0].kill()
        try:
            play(envs, seed, tally, steps=10)
        except RuntimeError as error:
            assert "worker has died" in str(error), error
            tally["restarts"] += 1
        envs.close()


def a_team(seed: int, tally: Tally) -> None:
    """Five agents at once, by random choice."""
    team = image_edit_v0.parallel_env("ImageEdit-v0")
    for number in range(4):
        team.reset(seed=seed * 4 + number)
        for agent in team.possible_agents:
            team.action_space(agent).seed(seed)
        while team.agents:
            team.step({agent: team.action_space(agent).sample() for agent in team.agents})
            tally["steps"] += 1
    team.close()


def in_words(seed: int, tally: Tally) -> None:
    """Answers that are letters by chance."""
    env = gymnasium.make("ImageEditText-v0")
    env.action_space.seed(seed)
    for number in range(20):
        env.reset(seed=seed * 20 + number)
        over = False
        while not over:
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            over = terminated or truncated
            tally["steps"] += 1
    env.close()


WORK: tuple[Callable[[int, Tally], None], ...] = (
    every_id,
    behind_a_server,
    killed_workers,
    a_team,
    in_words,
)


def left() -> dict[str, float]:
    """Count what this process holds at this moment (Linux): memory in MiB, the others as such."""
    gc.collect()
    status = Path("/proc/self/status").read_text().splitlines()
    resident = next(line for line in status if line.startswith("VmRSS"))
    return {
        "MiB": round(int(resident.split()[1]) / 1024),
        "files": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "processes": len(multiprocessing.active_children()),
    }


def grown(rounds: list[dict[str, float]]) -> list[str]:
    """Name what grew in the last three quarters of the rounds."""
    number = len(rounds) // 4
    first, last = rounds[number], rounds[-1]
    return [
        f"{name}: {first[name]:g} after round {number + 1}, {last[name]:g} after the last"
        for name in first
        if last[name] > first[name] * (GROWTH if name == "MiB" else 1)
    ]


def main() -> int:
    """Repeat the work until the time is up; return 1 when something grew."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=at_least(1), default=60)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    tally, rounds = Tally(), []
    names = ("steps", "failures", "faults", "environments", "restarts")
    print("| round | minutes |", " | ".join([*names, *left()]), "|", flush=True)
    print("|---" * (2 + len(names) + len(left())), "|", sep="", flush=True)
    start = time.monotonic()
    while time.monotonic() < end or len(rounds) < 3:
        for work in WORK:
            work(len(rounds), tally)
        rounds.append(left())
        minutes = (time.monotonic() - start) / 60
        figures = [f"{minutes:.1f}", *(tally[name] for name in names), *rounds[-1].values()]
        print(f"| {len(rounds)} |", " | ".join(map(str, figures)), "|", flush=True)
    for line in grown(rounds):
        print(f"grown: {line}", flush=True)
    return bool(grown(rounds))


if __name__ == "__main__":
    run_main(main)
