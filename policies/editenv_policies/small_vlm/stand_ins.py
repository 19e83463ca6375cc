"""Words that stand in for the words of training, so that new wording is not all new.

As in ``editenv_policies.sb3.synonyms``, but of tokens: each token that training never shows may
stand for the one of training that is nearest to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

NEAR = 0.35
"""Least cosine of a token with the one that it may stand for."""

MOST = 12
"""Tokens that may stand for one, the nearest."""


class StandIns:
    """Replaces tokens by others that are nearer to them than to any other known token.

    Args:
        table: (tokens, width) float32, their embeddings.
        said: ids that users say and answers do not; only these are replaced.
        answered: ids that answers have.
    """

    def __init__(self, table: torch.Tensor, said: NDArray[Any], answered: NDArray[Any]) -> None:
        unit = functional.normalize(table.float(), dim=1)
        known = np.concatenate([said, answered])
        others = np.setdiff1d(np.arange(len(table)), known)
        cosines = unit[torch.from_numpy(others)] @ unit[torch.from_numpy(known)].T
        best = cosines.max(1)
        nearest, cosine = best.indices.numpy(), best.values.numpy()
        self._by_token: dict[int, NDArray[np.int64]] = {}
        for number, token in enumerate(said):
            mine = np.flatnonzero((nearest == number) & (cosine >= NEAR))
            mine = mine[np.argsort(-cosine[mine], kind="stable")[:MOST]]
            if len(mine):
                self._by_token[int(token)] = others[mine]

    def replace(
        self,
        tokens: NDArray[np.int64],
        replaceable: NDArray[np.bool_],
        rng: np.random.Generator,
        share: float,
    ) -> NDArray[np.int64]:
        """Replace a share of those tokens that may be; returns a copy."""
        replaced = tokens.copy()
        for row, column in zip(
            *np.nonzero((rng.random(tokens.shape) < share) & replaceable), strict=True
        ):
            found = self._by_token.get(int(tokens[row, column]))
            if found is not None:
                replaced[row, column] = found[int(rng.integers(len(found)))]
        return replaced
