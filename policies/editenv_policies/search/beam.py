"""Best of n and beam search (Lowerre, 1976, *The HARPY speech recognition system*)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import gymnasium
import numpy as np

from editenv.envs.arguments import check_at_least
from editenv.envs.vector import ImageEditVectorEnv
from editenv.types import ToolCall


class Proposer(Protocol):
    """Says which actions are worth a try."""

    def propose(self, envs: ImageEditVectorEnv, count: int) -> np.ndarray:
        """Return ``count`` actions for each of N sub-environments, (N, count, ...)."""
        ...


class Scorer(Protocol):
    """Says how good each of several episodes in progress is."""

    def score(
        self,
        envs: ImageEditVectorEnv,
        returns: np.ndarray,
        over: np.ndarray,
        before: np.ndarray | None,
    ) -> np.ndarray:
        """Score the sub-environments.

        Args:
            envs: N sub-environments.
            returns: (N,) float64, the rewards of each since the search began.
            over: (N,) bool, whose episode has ended.
            before: (N,) float64, the scores of the states that they come from; None at the
                start.

        Returns:
            (N,) float64; more is better.
        """
        ...


@dataclass(frozen=True)
class Plan:
    """What a search found.

    Attributes:
        calls: the tool calls from the present state on.
        score: how good the scorer found where they lead.
        steps: calls that were tried.
    """

    calls: tuple[ToolCall, ...]
    score: float
    steps: int


def best_of_n(env: gymnasium.Env, proposer: Proposer, scorer: Scorer, n: int) -> Plan:
    """Play n episodes from the present state and return the best.

    Args:
        env: an ``ImageEditEnv`` in the middle of an episode, as ``gymnasium.make`` wraps it (its
            step limit then holds) or by itself; it stays as it is.
        proposer: chooses one action at a time.
        scorer: judges the ends.
        n: at least 1.

    Raises:
        ValueError: ``n`` below 1.
    """
    check_at_least("n", n, 1)
    return _search(env, proposer, scorer, width=n, breadth=1)


def beam_search(
    env: gymnasium.Env, proposer: Proposer, scorer: Scorer, *, width: int, breadth: int
) -> Plan:
    """Try several calls from each of the best states, keep the best, and go on from there.

    Args:
        env: as in ``best_of_n``.
        proposer: chooses the calls.
        scorer: judges states in progress.
        width: states that are kept, at least 1.
        breadth: calls tried from each, at least 1.

    Raises:
        ValueError: ``width`` or ``breadth`` below 1.
    """
    check_at_least("width", width, 1)
    check_at_least("breadth", breadth, 1)
    return _search(env, proposer, scorer, width=width, breadth=breadth)


def _search(
    env: gymnasium.Env, proposer: Proposer, scorer: Scorer, *, width: int, breadth: int
) -> Plan:
    base: Any = env.unwrapped
    done_before, steps = len(base.workspace.history), 0
    # Best of n starts with n states; a beam starts with one, lest all begin with the same calls.
    limit = None if env.spec is None else env.spec.max_episode_steps
    beams = base.branch(width if breadth == 1 else 1, max_episode_steps=limit)
    returns = np.zeros(beams.num_envs)
    over = beams.over
    scores = scorer.score(beams, returns, over, None)
    while not over.all():
        origins, actions = _expand(beams, over, proposer, breadth)
        beams, returns = beams.branch(origins.tolist()), returns[origins]
        steps += int((~over[origins]).sum())
        _, rewards, terminations, truncations, _ = beams.step(actions)
        returns, over = returns + rewards, terminations | truncations
        scores = scorer.score(beams, returns, over, scores[origins])
        if breadth > 1:
            kept = _best_apart(beams, scores, width)
            beams = beams.branch(kept.tolist())
            returns, over, scores = returns[kept], over[kept], scores[kept]
    best = int(scores.argmax())
    history = beams.episodes[best].workspace.history
    return Plan(tuple(history[done_before:]), float(scores[best]), steps)


def _expand(
    beams: ImageEditVectorEnv, over: np.ndarray, proposer: Proposer, breadth: int
) -> tuple[np.ndarray, np.ndarray]:
    """The number of the state that each candidate goes on from, and its action."""
    proposed = proposer.propose(beams, breadth)
    counts = np.where(over, 1, breadth)
    origins = np.repeat(np.arange(beams.num_envs), counts)
    actions = [proposed[number, :count] for number, count in enumerate(counts)]
    return origins, np.concatenate(actions)


def _best_apart(envs: ImageEditVectorEnv, scores: np.ndarray, width: int) -> np.ndarray:
    """The best states, of which no two show the same picture at the same stage."""
    kept: list[int] = []
    seen: set[tuple[bytes, bool]] = set()
    for number in np.argsort(-scores, kind="stable").tolist():
        workspace = envs.episodes[number].workspace
        key = workspace.canvas.tobytes(), workspace.submitted
        if key not in seen:
            seen.add(key)
            kept.append(number)
        if len(kept) == width:
            break
    return np.array(kept)
