"""Plays an oracle's episodes, with slips that it takes back, and keeps them."""

from __future__ import annotations

import time
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode

from editenv.envs.vector import ImageEditVectorEnv
from editenv.types import ToolCall
from editenv.workspace import CONTROLS, UNDO, Workspace
from policies.baselines import OracleActor
from policies.imitation.demonstrations import Demonstrations, Recorder
from policies.imitation.progress import track

COPIES = 16
"""Episodes that are played side by side."""

SLIP = 0.15
"""Share of the oracle's calls before which a wrong one is made."""

NEAR = 0.5
"""Share of the slips that are the right tool with a wrong region or option."""


class _Seat:
    """One copy of a vector environment in the form that an actor asks for."""

    def __init__(self, envs: ImageEditVectorEnv, number: int) -> None:
        self._envs, self._number = envs, number
        self.unwrapped = self
        self.encode = envs.setup.codec.encode

    @property
    def workspace(self) -> Workspace:
        return self._envs.episodes[self._number].workspace


class _Player:
    """Plays the oracle on one copy: says what is right, and does it or slips."""

    def __init__(self, envs: ImageEditVectorEnv, number: int, slip: float) -> None:
        self._seat: Any = _Seat(envs, number)
        self._codec = envs.setup.codec
        self._actor = OracleActor()
        self._slip = slip
        self._planned: np.ndarray | None = None
        self._slipped = False
        self.episode = -1

    def reset(self, episode: int) -> None:
        """Start an episode."""
        self.episode = episode
        self._planned, self._slipped = None, False
        self._actor.reset(self._seat)

    def decide(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the right action, and the one to carry out."""
        if self._slipped:
            self._slipped = False
            undo = self._codec.encode(ToolCall(UNDO))
            return undo, undo
        if self._planned is None:
            self._planned = np.asarray(self._actor.act(None, self._seat))
        right = self._planned
        wrong = self._wrong(right, rng) if rng.random() < self._slip else None
        if wrong is not None:
            self._slipped = True
            return right, self._codec.encode(wrong)
        self._planned = None
        return right, right

    def _wrong(self, action: np.ndarray, rng: np.random.Generator) -> ToolCall | None:
        """Draw a valid call other than the right one; None where there is none."""
        right, workspace = self._codec.decode(action), self._seat.workspace
        calls = [
            call
            for call in self._codec.calls
            if call != right
            and call.tool not in CONTROLS
            and workspace.regions[call.region] is not None
        ]
        near = [call for call in calls if call.tool == right.tool]
        if near and rng.random() < NEAR:
            calls = near
        return calls[rng.integers(len(calls))] if calls else None


def collect(
    env_id: str,
    episodes: int,
    seed: int = 0,
    *,
    slip: float = SLIP,
    seconds: float | None = None,
    progress: bool = True,
    **env_kwargs: Any,
) -> Demonstrations:
    """Let the oracle play and keep what it saw and did.

    Before some of its calls a wrong one is made, and the lesson is then to take it back: a clone
    that has gone wrong by itself knows what to do. The wrong calls are no lessons.

    Args:
        env_id: a registered id, with ``action_format="multi_discrete"``.
        episodes: how many, at least 1.
        seed: of tasks and slips.
        slip: share of the oracle's calls before which a wrong one is made.
        seconds: processor time after which no episode is begun any more; None for no limit.
        progress: show a bar.
        env_kwargs: further arguments of the environment; the split is ``"train"`` by default.

    Raises:
        ValueError: fewer than one episode, or an environment that is not native.
    """
    if episodes < 1:
        raise ValueError(f"episodes={episodes} must be at least 1")
    envs: Any = gymnasium.make_vec(
        env_id,
        num_envs=min(COPIES, episodes),
        autoreset_mode=AutoresetMode.SAME_STEP,
        **{"split": "train", "copy": False, **env_kwargs},
    )
    if not isinstance(envs, ImageEditVectorEnv):
        envs.close()
        raise ValueError(f"env_id={env_id!r} with {env_kwargs} is no native vector environment")
    try:
        return _play(envs, episodes, seed, slip, seconds, progress)
    finally:
        envs.close()


def _play(
    envs: ImageEditVectorEnv,
    episodes: int,
    seed: int,
    slip: float,
    seconds: float | None,
    progress: bool,
) -> Demonstrations:
    rng, recorder = np.random.default_rng(seed), Recorder()
    players = [_Player(envs, number, slip) for number in range(envs.num_envs)]
    # Seeds of neighbouring runs lie far apart, and all below those of held-out tasks.
    observation, _ = envs.reset(seed=int(rng.integers(900_000)))
    for number, player in enumerate(players):
        player.reset(recorder.begin(_row(observation, number)))
    started, begun = time.process_time(), len(players)
    with track(episodes, "demonstrations", progress) as bar:
        while True:
            actions = np.zeros((len(players), 3), np.int64)
            masks = envs.action_masks()
            for number, player in enumerate(players):
                right, actions[number] = player.decide(rng)
                if player.episode < episodes:
                    seen = _row(observation, number)
                    recorder.add(player.episode, seen, masks[number], right)
            observation, _, ended, cut, _ = envs.step(actions)
            for number in np.flatnonzero(ended | cut).tolist():
                bar.update(players[number].episode < episodes)
                if begun < episodes:
                    players[number].reset(recorder.begin(_row(observation, number)))
                else:
                    players[number].reset(begun)
                begun += 1
            if begun >= episodes and all(player.episode >= episodes for player in players):
                return recorder.finish()
            if seconds is not None and time.process_time() - started > seconds:
                episodes = min(episodes, begun)


def _row(observation: dict[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    return {key: value[number] for key, value in observation.items()}
