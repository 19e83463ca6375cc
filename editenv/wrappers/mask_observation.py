"""The action mask in the observation, for libraries that look for it there."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class MaskObservation(
    gymnasium.Wrapper[dict[str, Any], Any, Any, Any], gymnasium.utils.RecordConstructorArgs
):
    """Turns the observation into ``{"observation": ..., "action_mask": ...}``.

    RLlib and Tianshou look for a mask in the observation and pass no ``info`` to a policy.
    RLlib's example of masks calls the rest ``"observations"``, Tianshou calls the two ``"obs"``
    and ``"mask"``.

    Args:
        env: an environment with ``info["action_mask"]``.
        observation_key: key of the observation.
        mask_key: key of the mask, int8 in ``info``'s shape: (n,) for ``Discrete(n)``,
            (sum(nvec),) for ``MultiDiscrete(nvec)``.

    Raises:
        ValueError: an action space without a mask, or equal keys.

    >>> import gymnasium, editenv
    >>> env = gymnasium.make("ImageEdit-Direct-v0", action_format="discrete")
    >>> env = MaskObservation(env)
    >>> env.reset(seed=0)[0]["action_mask"].shape == (env.action_space.n,)
    True
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        observation_key: str = "observation",
        mask_key: str = "action_mask",
    ) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(
            self, observation_key=observation_key, mask_key=mask_key
        )
        super().__init__(env)
        if observation_key == mask_key:
            raise ValueError(f"mask_key={mask_key!r} must differ from observation_key")
        self._keys = (observation_key, mask_key)
        mask = spaces.Box(0, 1, (_mask_size(env.action_space),), np.int8)
        self.observation_space = spaces.Dict(
            {observation_key: env.observation_space, mask_key: mask}
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode, as the wrapped environment does."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self._join(observation, info), info

    def step(self, action: Any) -> tuple[dict[str, Any], Any, bool, bool, dict[str, Any]]:
        """Carry out one call, as the wrapped environment does."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._join(observation, info), reward, terminated, truncated, info

    def _join(self, observation: Any, info: dict[str, Any]) -> dict[str, Any]:
        return dict(zip(self._keys, (observation, info["action_mask"]), strict=True))


def _mask_size(actions: spaces.Space[Any]) -> int:
    if not isinstance(actions, (spaces.Discrete, spaces.MultiDiscrete)):
        raise ValueError(f"the action space is {actions}: accepted are Discrete and MultiDiscrete")
    return spaces.flatdim(actions)
