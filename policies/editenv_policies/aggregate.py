"""Several seeds of one policy: what they reach together, and how sure that is.

After Agarwal et al. (2021), *Deep reinforcement learning at the edge of the statistical precipice*.
"""

from __future__ import annotations

import numpy as np

RESAMPLES = 2000


def interquartile_mean(values: np.ndarray) -> np.ndarray:
    """Mean of the middle half of the values along the last axis.

    A quarter of the weight is left out at each end; where that is no whole number of values, the
    value at the border counts in part.

    Args:
        values: (..., N) float, N at least 1.

    Returns:
        (...) float64.

    >>> float(interquartile_mean(np.array([0.0, 1.0, 5.0])))  # (0/4 + 1 + 5/4) / (3/2)
    1.5
    """
    ordered = np.sort(np.asarray(values, float), axis=-1)
    count = ordered.shape[-1]
    edges = np.arange(count + 1)
    weights = np.diff(np.clip(edges, 0.25 * count, 0.75 * count))
    return ordered @ weights / weights.sum()


def bootstrap_interval(solved: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the interquartile mean over seeds of the share that is solved.

    Seeds and tasks are both drawn anew, with replacement; the tasks are the same for all seeds.

    Args:
        solved: (S, T) of 0 and 1: for each seed, which tasks it solved.
        seed: of the resampling.

    Returns:
        The percentiles 2.5 and 97.5 of ``RESAMPLES`` draws, 0 to 1.
    """
    solved = np.asarray(solved, float)
    runs, tasks = solved.shape
    rng = np.random.default_rng(seed)
    # How often each task is drawn: the shares of all draws are one product.
    counts = rng.multinomial(tasks, np.full(tasks, 1 / tasks), size=RESAMPLES)
    shares = counts @ solved.T / tasks
    chosen = np.take_along_axis(shares, rng.integers(runs, size=(RESAMPLES, runs)), axis=1)
    low, high = np.percentile(interquartile_mean(chosen), [2.5, 97.5])
    return float(low), float(high)
