"""Policies at play, recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium

from editenv.recordings import RecordEpisodes
from editenv_policies.evaluation import HELD_OUT_SEED, Actor, Outcome, play
from editenv_policies.held_out import HeldOut

Wrap = Callable[[gymnasium.Env], gymnasium.Env]


def record(
    held_out: HeldOut,
    policy: str,
    actor: Actor,
    folder: str | Path,
    *,
    arguments: Mapping[str, Any] | None = None,
    first_seed: int = HELD_OUT_SEED,
    wrap: Wrap | None = None,
) -> Iterator[Outcome]:
    """Record how an actor plays held-out tasks; yield how each went.

    Args:
        held_out: the tasks.
        policy: what the actor is called.
        actor: plays.
        folder: where recordings are collected.
        arguments: further ones of the environment.
        first_seed: of the first task.
        wrap: puts a further wrapper around the environment, below the recording one.

    Raises:
        ValueError: ``folder`` has a recording of this policy in this id.
    """
    with closing(held_out.make(**(arguments or {}))) as plain:
        env = RecordEpisodes(plain if wrap is None else wrap(plain), folder, policy)
        for seed in range(first_seed, first_seed + held_out.tasks):
            yield play(actor, env, seed)
