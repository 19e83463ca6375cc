"""Groups that begin in the middle of an episode: branches of one state."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import MultiDiscrete
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.base_class import BaseAlgorithm

from editenv.envs.vector import ImageEditVectorEnv
from editenv_policies.sb3.vec_env import ImageEditVecEnv


class BranchedVecEnv(ImageEditVecEnv):
    """Starts every group of sub-environments from one state reached by some calls.

    A reset starts one episode for each group, plays some calls in it, and branches the state that
    is reached for all members of the group (``ImageEditVectorEnv.branch``). So an algorithm that
    compares the members also compares what to do next mid-episode. If a call ends the episode,
    the remaining calls are played in the next one, of the same task if one was asked for.

    Args:
        leaders: one sub-environment per group, with ``autoreset_mode="Disabled"``.
        group_size: members of each group, next to each other, at least 2.
        most_calls: each reset draws a number of calls from 0 to this, at least 1.
        seed: of the first group's first episode; the next ones count on.

    Raises:
        ValueError: an argument that is not as described.
    """

    def __init__(
        self,
        leaders: ImageEditVectorEnv,
        group_size: int,
        most_calls: int,
        *,
        seed: int | None = None,
    ) -> None:
        if leaders.autoreset_mode is not AutoresetMode.DISABLED:
            raise ValueError(f"leaders has {leaders.autoreset_mode}; accepted: Disabled")
        for name, value, least in (("group_size", group_size, 2), ("most_calls", most_calls, 1)):
            if value < least:
                raise ValueError(f"{name}={value!r} must be at least {least}")
        self._leaders = leaders
        self._group_size = group_size
        self._most_calls = most_calls
        self._leading_model: BaseAlgorithm | None = None
        self._rng = np.random.default_rng(seed)
        leaders.reset(seed=seed)
        super().__init__(self._branch(), seed=seed)

    def follow(self, model: BaseAlgorithm) -> None:
        """Let a model make the first calls, by chance as it does while it learns; else random.

        Args:
            model: whose policy takes these observations, without masks.
        """
        self._leading_model = model

    def reset(self) -> Any:
        """Lead every group to a state, and start its members there."""
        first = slice(None, None, self._group_size)
        seeds = self._seeds[first]
        tasks = [options.get("task") for options in self._options[first]]
        seen, _ = self._leaders.reset(seed=seeds, options={"task": tasks})
        self._lead(seen, seeds, tasks)
        self.envs = self._branch()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._in_flight.before_reset(seeds)
        self._reset_seeds()
        self._reset_options()
        return self.envs.observe()

    def close(self) -> None:
        """Close the leaders, whose parts the branches borrow."""
        super().close()
        self._leaders.close()

    def _branch(self) -> ImageEditVectorEnv:
        numbers = np.repeat(np.arange(self._leaders.num_envs), self._group_size)
        return self._leaders.branch(numbers.tolist())

    def _lead(self, seen: Any, seeds: list[int | None], tasks: list[Any]) -> None:
        """Play the first calls, equally many for all groups of a reset."""
        if any(seed is not None for seed in seeds):
            self._rng = np.random.default_rng([seed or 0 for seed in seeds])
        for _ in range(int(self._rng.integers(0, self._most_calls + 1))):
            seen, _, terminations, truncations, _ = self._leaders.step(self._choose(seen))
            over = terminations | truncations
            if over.any():
                again = {"reset_mask": over, "task": tasks}
                seen, _ = self._leaders.reset(options=again)

    def _choose(self, seen: Any) -> np.ndarray:
        if self._leading_model is None:
            space: Any = self.action_space
            sizes = space.nvec if isinstance(space, MultiDiscrete) else space.n
            return self._rng.integers(0, sizes, size=(self._leaders.num_envs, *space.shape))
        actions, _ = self._leading_model.predict(seen, deterministic=False)
        return actions
