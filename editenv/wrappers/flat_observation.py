"""One row of numbers instead of a dictionary, for libraries with plain networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import TransformObservation
from gymnasium.wrappers.vector import VectorizeTransformObservation

from editenv.wrappers.flattening import PICTURE_SIDE, Flattening


class FlatObservation(TransformObservation[np.ndarray, Any, Any]):
    """Turns the observation into one ``Box`` of shape (N,), float32.

    ``gymnasium.wrappers.FlattenObservation`` keeps every pixel and every token: 68,233 numbers for
    ``ImageEdit-v0``. Here pictures are shrunk to ``picture_side`` pixels a side, and bounded
    values are scaled to [0, 1]. Make the environment with ``instruction_format="pooled"``: then
    the words take 256 numbers instead of 256 per token.

    Args:
        env: an environment whose observation is a ``Dict`` of ``Box`` entries.
        keys: which entries, in this order; None for all.
        picture_side: side of the shrunk pictures in pixels, at least 1.

    Raises:
        ValueError: an observation space of another kind, an unknown key, or a side below 1.

    >>> import gymnasium, editenv
    >>> env = gymnasium.make("ImageEdit-Direct-v0", instruction_format="pooled")
    >>> FlatObservation(env).observation_space.shape
    (3657,)
    >>> FlatObservation(env, keys=["instruction", "regions"]).observation_space.shape
    (316,)
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        keys: Sequence[str] | None = None,
        picture_side: int = PICTURE_SIDE,
    ) -> None:
        # First, so that the spec holds these arguments, not those of the parent.
        gymnasium.utils.RecordConstructorArgs.__init__(self, keys=keys, picture_side=picture_side)
        flattening = Flattening(env.observation_space, keys, picture_side)
        super().__init__(env, flattening, flattening.space)


# Generic in the stubs that pyright reads, not in Gymnasium 1.2.
class VectorFlatObservation(VectorizeTransformObservation):  # pyright: ignore[reportMissingTypeArgument]
    """``FlatObservation`` for ``gymnasium.make_vec``: a ``Box`` of shape (num_envs, N).

    Args:
        env: a vector environment.
        keys: as in ``FlatObservation``.
        picture_side: as in ``FlatObservation``.

    Raises:
        ValueError: as in ``FlatObservation``, or an environment that resets in the same step,
            which Gymnasium's wrappers of vector observations refuse.
    """

    def __init__(
        self,
        env: gymnasium.vector.VectorEnv[Any, Any, Any],
        keys: Sequence[str] | None = None,
        picture_side: int = PICTURE_SIDE,
    ) -> None:
        super().__init__(env, FlatObservation, keys=keys, picture_side=picture_side)
