"""What a round of the AEC environment costs, beside what it must cost.

Run ``python benchmarks/team_throughput.py``. The floor is five turns (each agent's copy of the
observation, its mask and its information) and the engine's calls (tool, verdict, reward terms, one
observation), with no team around them. Both play the same decisions, in turns, in one process; what
counts is CPU time. Both begin every episode with tools that remember nothing.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from editenv_policies.arguments import Parser, at_least, run_main

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES
from editenv.caching import forget

REPEATS = 5
"""The fastest of so many runs of an episode counts, for both: the machine may be shared."""

Turns = list[tuple[str, Any]]


def play(env: Any, seed: int, rng: np.random.Generator | None, script: Turns) -> float:
    """Play one episode and return its seconds; with ``rng`` draw the actions, else follow."""
    env.reset(seed=seed)
    forget("editenv.imaging")
    start, turn = time.process_time(), 0
    while not env.rounds.over:
        agent = env.agent_selection
        observation, *_ = env.last()
        if rng is not None:
            script.append((agent, _draw(env, agent, observation, rng)))
        env.step(script[turn][1])
        turn += 1
    return time.process_time() - start


def _draw(env: Any, agent: str, observation: dict[str, Any], rng: np.random.Generator) -> Any:
    """Mostly go on, so that episodes are not all one round long."""
    if agent == "interpreter_0":
        return rng.integers(env.action_space(agent).nvec)
    if agent == "critic_0" and rng.random() < 0.8:
        return np.int64(0)
    return np.int64(rng.choice(np.flatnonzero(observation["action_mask"])))


def play_floor(env: Any, seed: int, script: Turns, calls: list[Any]) -> float:
    """Do what no team can do without: the turns' copies and masks, and the engine's calls.

    Args:
        env: a team environment, of which only the base and the role interface are used.
        seed: of the episode.
        script: whose turns they were.
        calls: what the team called, in order.
    """
    env.reset(seed=seed)
    rounds = env.rounds
    base, interface, view = rounds.base, rounds.interface, rounds.view
    numbers = rounds.round
    forget("editenv.imaging")
    start = time.process_time()
    seen = base.observe()
    for agent, _ in script:
        role = agent.removesuffix("_0")
        interface.observe(role, view, numbers, seen)
        interface.mask(role, view)
        rounds.info({})
    for call in calls:
        base.apply_call(call)
        base.observe()
    return time.process_time() - start


def main() -> None:
    """Print one line an id."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=at_least(1), default=150)
    parser.add_argument("--env", nargs="+", default=["ImageEdit-Direct-v0", "ImageEdit-v0"])
    arguments = parser.parse_args()
    print("| id | agent steps/s | floor, agent steps/s | ratio of times |\n|---|---|---|---|")
    for env_id in arguments.env:
        if env_id not in editenv.CONFIGURATIONS:
            parser.error(f"--env {env_id}: choose from {list(editenv.CONFIGURATIONS)}")
        env, other = image_edit_v0.raw_env(env_id), image_edit_v0.raw_env(env_id)
        rng, turns, spent, least = np.random.default_rng(0), 0, 0.0, 0.0
        for seed in range(arguments.episodes):
            script: Turns = []
            play(env, seed, rng, script)
            calls = env.rounds.base.workspace.history
            repeats = [
                (play(env, seed, None, script), play_floor(other, seed, script, list(calls)))
                for _ in range(REPEATS)
            ]
            spent += min(whole for whole, _ in repeats)
            least += min(floor for _, floor in repeats)
            turns += len(script)
        assert turns > len(ROLES)
        print(f"| `{env_id}` | {turns / spent:,.0f} | {turns / least:,.0f} | {spent / least:.2f} |")


if __name__ == "__main__":
    run_main(main)
