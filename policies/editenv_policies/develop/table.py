"""How near actors come to the target with sliders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from editenv_policies.develop.actors import ACTORS, Blind
from editenv_policies.evaluation import Actor, wilson_interval


@dataclass(frozen=True)
class Row:
    """What an evaluation found.

    Attributes:
        successes: number of solved tasks.
        episodes: number of tasks.
        distance: mean error against the target at the end, 0 to 1.
        total: mean undiscounted return.
    """

    successes: int
    episodes: int
    distance: float
    total: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the rate and its 95 % Wilson interval are there for people."""
        interval = [round(b, 4) for b in wilson_interval(self.successes, self.episodes)]
        rate = round(self.successes / self.episodes, 4)
        return {**vars(self), "rate": rate, "interval": interval}


def evaluate_sliders(actor: Actor, env: gymnasium.Env, episodes: int) -> Row:
    """Play the first tasks of the environment's source, one episode each."""
    solved, distances, totals = 0, [], []
    for index in range(episodes):
        observation, info = env.reset(options={"task": index})
        actor.reset(env)
        total, over = 0.0, False
        while not over:
            observation, reward, ended, cut, info = env.step(actor.act(observation, env))
            total, over = total + float(reward), ended or cut
        solved += bool(info["is_success"])
        distances.append(info["distance"])
        totals.append(total)
    return Row(solved, episodes, float(np.mean(distances)), float(np.mean(totals)))


def compare_sliders(
    env: gymnasium.Env, episodes: int, learned: Mapping[str, Actor]
) -> dict[str, Row]:
    """Evaluate actors that don't learn and some that did, these with a grey picture too.

    Args:
        env: of the split to compare on.
        episodes: first tasks of its source.
        learned: by name.
    """
    actors: dict[str, Actor] = {n: make() for n, make in ACTORS.items() if n != "oracle"}
    for name, actor in learned.items():
        actors |= {name: actor, f"{name}, picture greyed": Blind(actor)}
    actors["oracle"] = ACTORS["oracle"]()
    return {name: evaluate_sliders(actor, env, episodes) for name, actor in actors.items()}


def sliders_table(rows: Mapping[str, Row]) -> str:
    """One line an actor, in Markdown."""
    lines = ["| | success (95 % interval) | mean distance |", "|---|---|---|"]
    for name, row in rows.items():
        low, high = (100 * bound for bound in wilson_interval(row.successes, row.episodes))
        rate = 100 * row.successes / row.episodes
        share = f"{rate:.1f} % [{low:.1f}, {high:.1f}]"
        lines.append(f"| {name} | {share} | {row.distance:.4f} |")
    return "\n".join(lines)
