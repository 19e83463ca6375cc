"""Episodes in progress, stored as generator states and calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from editenv.envs.episode import play
from editenv.envs.vector import ImageEditVectorEnv
from editenv_policies.random_state import seeded_state
from editenv_policies.sb3.unfamiliar import Unfamiliar


class InFlight:
    """Records the running episodes of a vector environment, and replays them.

    A checkpoint of pictures would be large, and a pickle. Task, regions and results follow from
    the state of a sub-environment's generator at the reset and from the calls since. If
    sub-environments wait when their episode has ended, none is in progress between two rollouts:
    then only what is mixed into observations is recorded.

    Args:
        envs: the vector environment.
        unfamiliar: changes observations; None leaves them as they are.

    Attributes:
        returns: (N,) float64, of the running episodes so far.
        lengths: (N,) int64.
    """

    def __init__(self, envs: ImageEditVectorEnv, unfamiliar: Unfamiliar | None) -> None:
        self._envs = envs
        self._unfamiliar = unfamiliar
        self._waits = envs.autoreset_mode is AutoresetMode.DISABLED
        self.returns = np.zeros(envs.num_envs)
        self.lengths = np.zeros(envs.num_envs, np.int64)
        self._unmixed: dict[str, Any] | None = None
        self._began: list[dict[str, Any]] = []
        self._next: list[dict[str, Any]] = []
        self._calls: list[list[Any]] = [[] for _ in range(envs.num_envs)]

    def shown(self, observation: dict[str, Any]) -> dict[str, Any]:
        """What a learner sees of an observation."""
        if self._unfamiliar is None:
            return observation
        self._unmixed = self._unfamiliar.random_state
        return self._unfamiliar(observation)

    def before_reset(self, seeds: Sequence[int | None]) -> None:
        """Record the state of each generator before the reset."""
        self.returns[:] = self.lengths[:] = 0
        if not self._waits:
            self._began = [
                self._stream(number) if seed is None else seeded_state(seed)
                for number, seed in enumerate(seeds)
            ]
            self._calls = [[] for _ in seeds]

    def after_reset(self) -> None:
        """Record the generators for the episodes after these: calls draw nothing."""
        if not self._waits:
            self._next = [self._stream(number) for number in range(self._envs.num_envs)]

    def after_step(self, actions: np.ndarray, rewards: np.ndarray, dones: np.ndarray) -> None:
        """Record a call of each sub-environment; ended episodes have been reset."""
        self.returns += rewards
        self.lengths += 1
        if self._waits:
            return
        for calls, action in zip(self._calls, actions.tolist(), strict=True):
            calls.append(action)
        for number in np.flatnonzero(dones).tolist():
            self._began[number], self._next[number] = self._next[number], self._stream(number)
            self._calls[number] = []

    def _stream(self, number: int) -> dict[str, Any]:
        return dict(self._envs.np_random[number].bit_generator.state)

    def state(self) -> dict[str, Any]:
        """Return what ``play_again`` takes, in plain values."""
        mixed = None if self._unfamiliar is None else self._unfamiliar.random_state
        return {
            "mixing": mixed if self._waits else self._unmixed,
            "returns": self.returns.tolist(),
            "lengths": self.lengths.tolist(),
            "began": list(self._began),
            "calls": [list(calls) for calls in self._calls],
        }

    def play_again(self, state: dict[str, Any]) -> dict[str, Any]:
        """Bring the sub-environments back to a state; return what the learner saw there."""
        observation = self._envs.reset()[0] if self._waits else self._repeat(state)
        self.returns[:], self.lengths[:] = state["returns"], state["lengths"]
        if self._unfamiliar is not None:
            self._unfamiliar.random_state = state["mixing"]
        return observation if self._waits else self.shown(observation)

    def _repeat(self, state: dict[str, Any]) -> dict[str, Any]:
        """One more reset, and all calls since."""
        envs = self._envs
        for generator, began in zip(envs.np_random, state["began"], strict=True):
            generator.bit_generator.state = began
        self.before_reset([None] * envs.num_envs)
        envs.reset()
        self.after_reset()
        self._calls = [list(calls) for calls in state["calls"]]
        decode = envs.setup.codec.decode
        for place in range(max(map(len, self._calls))):
            acting = [n for n, calls in enumerate(self._calls) if place < len(calls)]
            episodes = [envs.episodes[number] for number in acting]
            play(envs.setup, episodes, [decode(self._calls[n][place]) for n in acting])
        # Their numbers of calls differ: only now are all of them shown.
        envs._resume(envs.episodes, envs.np_random)
        return envs.observe()
