"""A team at play, recorded call by call. Needs the extra ``team``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from editenv.recordings.folder import begin
from editenv.recordings.replay import record_calls


def record_team(
    env: Any,
    env_id: str,
    policy: str,
    seeds: Iterable[int],
    folder: Path,
    play: Callable[[int], object],
) -> None:
    """Record the calls of a team; the reward shown is the calls', not the roles'.

    Args:
        env: the team's, AEC or parallel, on tasks of the test split.
        env_id: what is named on the page.
        policy: what the team is called.
        seeds: of the episodes.
        folder: where recordings are collected.
        play: plays the episode of a seed from its reset to its end.

    Raises:
        ValueError: ``folder`` has a recording of this policy in this id.
    """
    writer = begin(folder, env_id, policy, "test")
    base = env.unwrapped.rounds.base
    for seed in seeds:
        play(seed)
        calls = base.workspace.history
        # The team's own reset already makes the calls of members that do not learn.
        base.reset(seed=seed)
        record_calls(writer, base.setup, base.episode, calls, seed)
