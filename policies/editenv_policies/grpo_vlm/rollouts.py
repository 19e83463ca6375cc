"""What came of sampling: figures for the curve, a line for every completion, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from editenv_policies.grpo_vlm.generate import Completions
from editenv_policies.grpo_vlm.pictures import save_strip
from editenv_policies.grpo_vlm.problems import Problem, Problems
from editenv_policies.grpo_vlm.prompts import Inputs


@dataclass(frozen=True, eq=False)
class Batch:
    """Some groups of one step, which pass the model at once.

    Attributes:
        problems: one a group.
        inputs: their prompts.
        completions: those of a problem side by side.
        texts: of the completions.
        results: what ``Problems.score`` said of each.
    """

    problems: list[Problem]
    inputs: Inputs
    completions: Completions
    texts: list[str]
    results: list[dict[str, Any]]


def rewards_of(batches: Sequence[Batch]) -> Tensor:
    """Return the rewards of all completions, (N,) float32; NaN where one could not be scored."""
    found = [result["reward"] for batch in batches for result in batch.results]
    return torch.tensor(found, dtype=torch.float32)


def summary(batches: Sequence[Batch], advantages: Tensor) -> dict[str, float]:
    """Return figures of a step.

    Returns:
        ``reward``, ``success`` and ``reward_TERM``, means over what could be scored (left out where
        nothing could); ``completion_tokens``, the mean length; ``useful``, the share of completions
        that teach something; ``unscored``, how many could not be scored.
    """
    results = [result for batch in batches for result in batch.results]
    scored = [result for result in results if not np.isnan(result["reward"])]
    lengths = torch.cat([batch.completions.mask.sum(1) for batch in batches]).float()
    figures = {
        "completion_tokens": float(lengths.mean()),
        "useful": float((advantages != 0).float().mean()),
        "unscored": float(len(results) - len(scored)),
    }
    if scored:
        figures["reward"] = _mean(result["reward"] for result in scored)
        figures["success"] = _mean(bool(result.get("is_success")) for result in scored)
        for name in scored[0]["reward_terms"]:
            figures[f"reward_{name}"] = _mean(result["reward_terms"][name] for result in scored)
    return figures


class RolloutRecorder:
    """Makes the lines of ``rollouts.jsonl`` and, every so many steps, pictures.

    Args:
        problems: draw the pictures.
        folder: gets the picture before and after each group's best answer, and the wanted one, as a
            PNG; None for no pictures.
        pictures_every: steps between steps with pictures, at least 1.
    """

    def __init__(self, problems: Problems, folder: Path | None, pictures_every: int) -> None:
        self._problems = problems
        self._folder = folder
        self._pictures_every = pictures_every

    def record(
        self, step: int, batches: Sequence[Batch], advantages: Tensor
    ) -> list[dict[str, Any]]:
        """Return one line a completion; the one with a picture names its file."""
        shown = self._folder is not None and step % self._pictures_every == 0
        lines: list[dict[str, Any]] = []
        for group, (problem, texts, results) in enumerate(_groups(batches)):
            first = len(lines)
            worth = advantages[first : first + len(texts)].tolist()
            lines += map(_line, texts, results, worth)
            for line in lines[first:]:
                line |= {"group": group, "problem": problem.index}
            if shown:
                best = max(range(len(texts)), key=lambda i: _or_least(results[i]["reward"]))
                lines[first + best]["picture"] = self._draw(step, group, problem, texts[best])
        return lines

    def _draw(self, step: int, group: int, problem: Problem, text: str) -> str:
        assert self._folder is not None
        name = f"step{step + 1:06d}_group{group:03d}.png"
        save_strip(self._problems.pictures(problem, text), self._folder / name)
        return name


def _groups(
    batches: Sequence[Batch],
) -> Iterator[tuple[Problem, list[str], list[dict[str, Any]]]]:
    for batch in batches:
        size = len(batch.texts) // len(batch.problems)
        for place, problem in enumerate(batch.problems):
            rows = slice(place * size, (place + 1) * size)
            yield problem, batch.texts[rows], batch.results[rows]


def _line(text: str, result: dict[str, Any], advantage: float) -> dict[str, Any]:
    reward = float(result["reward"])
    return {
        "text": text,
        # JSON has no NaN.
        "reward": None if np.isnan(reward) else reward,
        "advantage": advantage,
        "reward_terms": {
            name: None if np.isnan(value) else float(value)
            for name, value in result["reward_terms"].items()
        },
        "is_success": bool(result.get("is_success")),
        **({"failure": result["failure"]} if "failure" in result else {}),
    }


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def _or_least(reward: float) -> float:
    return -np.inf if np.isnan(reward) else reward
