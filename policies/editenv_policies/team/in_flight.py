"""A team's episode in progress, as what it follows from: where it began, and its actions."""

from __future__ import annotations

from typing import Any

from editenv_policies.random_state import seeded_state


class EpisodeLog:
    """Takes note of the running episode of one environment, and plays it again.

    Args:
        env: of ``image_edit_v0``, AEC or parallel.
    """

    def __init__(self, env: Any) -> None:
        self._env = env
        self._began: dict[str, Any] = {}
        self._actions: list[Any] = []

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Reset the environment; return what it returns."""
        stream = self._env.rounds.base.np_random.bit_generator
        self._began = stream.state if seed is None else seeded_state(seed)
        self._actions = []
        return self._env.reset(seed=seed, options=options)

    def step(self, action: Any) -> Any:
        """Step the environment; return what it returns."""
        self._actions.append(action)
        return self._env.step(action)

    def state(self) -> dict[str, Any]:
        """Return what ``play_again`` takes, in plain values."""
        return {"began": self._began, "actions": list(self._actions)}

    def play_again(self, state: dict[str, Any]) -> Any:
        """Bring the environment to where it was; return what its last call returned."""
        self._env.rounds.base.np_random.bit_generator.state = state["began"]
        last = self.reset()
        for action in state["actions"]:
            last = self.step(action)
        return last
