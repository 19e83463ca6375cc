"""What ``info`` says of many episodes, in Gymnasium's vector form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from editenv.envs.episode import Episode
from editenv.tools.cache.cached_tool import cache_info


def batch_infos(
    episodes: Sequence[Episode], numbers: Sequence[int], masks: np.ndarray
) -> dict[str, Any]:
    """Say of some episodes what ``Episode.summary`` says, and which actions may be valid.

    Args:
        episodes: all N of them.
        numbers: those that are told of.
        masks: (N, M) int8, the action masks.

    Returns:
        By key of ``info`` an array of N, and under ``_key`` which of its entries count: what
        ``gymnasium.vector.VectorEnv._add_info`` makes of the single dictionaries.
    """
    total = len(episodes)
    told = np.zeros(total, np.bool_)
    told[list(numbers)] = True
    words = {key: np.full(total, None, object) for key in ("instruction", "invalid", "checklist")}
    success = np.zeros(total, np.bool_)
    for number in numbers:
        episode = episodes[number]
        workspace = episode.workspace
        verdict = workspace.state.verdict
        words["instruction"][number] = workspace.task.instruction
        words["invalid"][number] = (episode.last and episode.last.invalid) or ""
        words["checklist"][number] = verdict.done
        success[number] = episode.terminated and verdict.success
    columns = {
        **words,
        "is_success": success,
        "action_mask": np.where(told[:, None], masks, np.int8(0)),
        "reward_terms": _batch_terms(episodes, numbers),
        "cost": _batch_costs(episodes, told),
        **_batch_cache(episodes, told),
    }
    return columns | {f"_{key}": told.copy() for key in columns}


def _batch_cache(episodes: Sequence[Episode], told: np.ndarray) -> dict[str, Any]:
    """The counts of the shared edit cache; nothing if no tool is cached."""
    found = cache_info(episodes[0].workspace.tools.values())
    return {
        key: {
            name: np.where(told, value, type(value)(0))
            for count, value in counts.items()
            for name, value in ((count, value), (f"_{count}", True))
        }
        for key, counts in found.items()
    }


def _batch_costs(episodes: Sequence[Episode], told: np.ndarray) -> dict[str, np.ndarray]:
    """What the edits of each episode have cost so far."""
    costs = [vars(episode.workspace.spent) for episode in episodes]
    columns: dict[str, np.ndarray] = {}
    for name in costs[0]:
        columns[name] = np.where(told, [cost[name] for cost in costs], 0.0)
        columns[f"_{name}"] = told.copy()
    return columns


def _batch_terms(episodes: Sequence[Episode], numbers: Sequence[int]) -> dict[str, np.ndarray]:
    """The terms of those episodes that have had a call."""
    played = [number for number in numbers if episodes[number].reward_terms]
    if not played:
        return {}
    has = np.zeros(len(episodes), np.bool_)
    has[played] = True
    columns: dict[str, np.ndarray] = {}
    for name in episodes[played[0]].reward_terms:
        column = np.zeros(len(episodes))
        column[played] = [episodes[number].reward_terms[name] for number in played]
        columns[name], columns[f"_{name}"] = column, has.copy()
    return columns
